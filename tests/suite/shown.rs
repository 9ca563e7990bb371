//! Answers in one form, so that they can be compared: the contract's records and the library's structs have
//! the same members under different types. Macros, since nothing but the members' names is common to them.

/// What became of a batch.
macro_rules! outcome {
    ($outcome:expr) => {{
        let outcome = $outcome;
        crate::subject::Outcome {
            lines: outcome.lines,
            recognised: outcome.recognised,
            passed: outcome.passed,
            rejected: outcome.rejected.into_iter().map(|r| (r.line, r.column, r.message)).collect(),
            annotated: outcome.annotated,
        }
    }};
}

/// `tenant.statistics`, by the contract's names in snake case.
macro_rules! stats {
    ($stats:expr) => {{
        let s = $stats;
        serde_json::json!({
            "lines": s.lines, "recognised": s.recognised, "passed": s.passed, "rejected": s.rejected,
            "twins": s.twins, "repeated": s.repeated, "kinds": crate::subject::kinds(s.kinds),
            "hosts": s.hosts, "processes": s.processes, "evicted_processes": s.evicted_processes,
            "evicted_values": s.evicted_values, "evicted_hosts": s.evicted_hosts, "sensor_gaps": s.sensor_gaps,
            "hierarchy": s.hierarchy, "now": s.now,
        })
    }};
}

/// A row of `scoring.images`.
macro_rules! image {
    ($row:expr) => {{
        let row = $row;
        serde_json::json!([row.image, row.executions, row.hosts, row.rank])
    }};
}

/// A block of `scoring.score`.
macro_rules! block {
    ($block:expr) => {{
        let block = $block;
        let mut shown = serde_json::json!({
            "rank": block.rank, "host_prev": block.host_prev, "overall_score": block.overall_score,
            "executions": block.executions, "hosts": block.hosts, "scope_hosts": block.scope_hosts,
            "images": block.images, "prevalence": block.prevalence, "first_seen": block.first_seen,
            "last_seen": block.last_seen, "learning": block.learning,
        });
        for f in block.fields {
            shown[&*f.field] = serde_json::json!([f.score, f.count, f.known, f.hosts]);
            if let Some(minimum) = f.minimum {
                let elements = f.elements.iter().map(|e| serde_json::json!([e.value, e.score, e.count]));
                shown[format!("{}_elements", f.field)] = elements.collect();
                shown[format!("{}_minimum", f.field)] = minimum.into();
            }
        }
        shown
    }};
}

/// `causality.process`; its origin is given as a pair.
macro_rules! process {
    ($process:expr, $origin:expr) => {{
        let p = &$process;
        let known = match p.known {
            Knowledge::Started => "started",
            Knowledge::Seen => "seen",
            Knowledge::NamedByChild => "named-by-child",
        };
        serde_json::json!({
            "id": p.id, "host": p.host, "image": p.image, "pid": p.pid, "started": p.started,
            "ended": p.ended, "user": p.user, "known": known, "origin": $origin,
        })
    }};
}

/// `causality.ancestry`, its processes as `process` shows them.
macro_rules! ancestry {
    ($ancestry:expr, $process:expr) => {{
        let found = $ancestry;
        serde_json::json!({
            "process": $process(found.process),
            "ancestors": found.ancestors.into_iter().map($process).collect::<Vec<_>>(),
            "owner": found.owner,
            "partial": found.partial,
        })
    }};
}

pub(crate) use {ancestry, block, image, outcome, process, stats};
