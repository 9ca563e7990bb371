//! One event and the line it becomes: NXLog's flattened JSON, as a Windows event collector ships it.
//! Fields stand in the order in which they were given, hence the text is put together by hand.

use serde_json::Value;

use super::time::Time;

/// Fields in their order.
pub(crate) type Fields = Vec<(&'static str, Value)>;

/// What one host logged.
pub(crate) struct Event {
    /// When it happened, by the true clock.
    pub(crate) at: Time,
    /// How much later than its neighbours it was shipped, in milliseconds.
    pub(crate) late_ms: u64,
    /// The event's id: Sysmon's below 1000, else Windows Security's.
    pub(crate) id: u64,
    /// `EventType`: `INFO`, or what Sysmon's field of the same name made of it.
    pub(crate) kind: &'static str,
    /// What is particular to this event.
    pub(crate) fields: Fields,
}

/// What the log and the shipper add to an event.
pub(crate) struct Envelope {
    /// The host's FQDN.
    pub(crate) host: &'static str,
    /// The host's own clock at the event.
    pub(crate) clock: Time,
    /// The collector's clock when it took the line.
    pub(crate) shipped: Time,
    /// The number of the record in its channel.
    pub(crate) record: u64,
    /// Process id of the service that logged it.
    pub(crate) logger: u64,
    /// Thread of that service.
    pub(crate) thread: u64,
}

impl Event {
    /// Whether it stands in the Security channel.
    pub(crate) fn is_security(&self) -> bool {
        self.id >= 1000
    }

    /// The event as one line of JSON, without the line's end.
    pub(crate) fn line(&self, envelope: &Envelope) -> String {
        let mut all: Fields = vec![
            ("EventTime", envelope.clock.local().into()),
            ("Hostname", envelope.host.into()),
            ("EventType", self.kind.into()),
            ("EventID", self.id.into()),
        ];
        all.extend(self.channel(envelope));
        all.extend(self.fields.iter().cloned());
        all.extend([("@timestamp", envelope.shipped.shipped().into()), ("host", "wec.hazel.example".into())]);
        let members: Vec<String> =
            all.iter().map(|(name, value)| format!("{}:{value}", Value::from(*name))).collect();
        format!("{{{}}}", members.join(","))
    }

    fn channel(&self, envelope: &Envelope) -> Fields {
        let (category, version, task) = self.class();
        let mut fields: Fields = if self.is_security() {
            vec![
                ("SourceName", "Microsoft-Windows-Security-Auditing".into()),
                ("ProviderGuid", "{54849625-5478-4994-A5BA-3E3B0328C30D}".into()),
                ("Channel", "Security".into()),
            ]
        } else {
            vec![
                ("SourceName", "Microsoft-Windows-Sysmon".into()),
                ("ProviderGuid", "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}".into()),
                ("Channel", "Microsoft-Windows-Sysmon/Operational".into()),
                ("UserID", "S-1-5-18".into()),
            ]
        };
        fields.extend([
            ("Version", version.into()),
            ("Task", task.into()),
            ("Category", category.into()),
            ("RecordNumber", envelope.record.into()),
            ("ExecutionProcessID", envelope.logger.into()),
            ("ThreadID", envelope.thread.into()),
        ]);
        fields
    }

    /// Category, version and task, as the providers' manifests have them.
    fn class(&self) -> (&'static str, u64, u64) {
        match self.id {
            1 => ("Process Create (rule: ProcessCreate)", 5, 1),
            3 => ("Network connection detected (rule: NetworkConnect)", 5, 3),
            4 => ("Sysmon service state changed", 3, 4),
            5 => ("Process terminated (rule: ProcessTerminate)", 3, 5),
            7 => ("Image loaded (rule: ImageLoad)", 3, 7),
            8 => ("CreateRemoteThread detected (rule: CreateRemoteThread)", 2, 8),
            10 => ("Process accessed (rule: ProcessAccess)", 3, 10),
            11 => ("File created (rule: FileCreate)", 2, 11),
            12 => ("Registry object added or deleted (rule: RegistryEvent)", 2, 12),
            13 => ("Registry value set (rule: RegistryEvent)", 2, 13),
            16 => ("Sysmon config state changed", 3, 16),
            17 => ("Pipe Created (rule: PipeEvent)", 1, 17),
            18 => ("Pipe Connected (rule: PipeEvent)", 1, 18),
            22 => ("Dns query (rule: DnsQuery)", 5, 22),
            255 => ("Error report", 3, 255),
            4624 => ("Logon", 2, 12544),
            _ => ("Process Creation", 2, 13312),
        }
    }
}
