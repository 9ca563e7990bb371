//! The language by example; columns were counted by hand.

mod errors;
mod properties;

use super::*;

/// A query as a test writes it: values as patterns.
fn query(entity: Entity, actions: &[Action], attributes: &[(AttributeName, &[&str])]) -> Query {
    let attributes = attributes.iter().map(|(name, values)| {
        let values = values.iter().map(|text| Value::pattern(text).unwrap()).collect();
        Attribute { name: *name, values }
    });
    Query { entity, actions: actions.to_vec(), attributes: attributes.collect() }
}

/// The values of a query's only attribute.
fn values(text: &str) -> Vec<Value> {
    let [attribute] = parse(text).unwrap().attributes.try_into().unwrap();
    attribute.values
}

// SECDO Integrations v1.1, "General Query Examples" and "ArcSight Query Example", letter by letter; the
// latter's variable is filled in.
#[test]
fn the_documents_examples_run_as_they_stand() {
    use Action::{FailedNetwork, IncomingNetwork, OutgoingNetwork};
    let network = [OutgoingNetwork, IncomingNetwork, FailedNetwork];
    let asks = |addresses| query(Entity::Network, &network, &[(AttributeName::RemoteIp, addresses)]);
    for (text, expected, printed) in [
        (
            "https://secdo-server/#/investigationNG/builder?entity=network&action=outgoing_network, \
             incoming_network,failed_network&attr=remote_ip:8.8.8.8|8.8.4.4",
            asks(&["8.8.8.8", "8.8.4.4"]),
            "entity=network&action=outgoing_network,incoming_network,failed_network\
             &attr=remote_ip:8.8.8.8|8.8.4.4",
        ),
        (
            "https://secdo-server/#/investigationNG/builder?entity=process&action=run&attr=file_name: \
             powershell.exe,cmd:*download*|*encoded*",
            query(
                Entity::Process,
                &[Action::Run],
                &[
                    (AttributeName::FileName, &["powershell.exe"]),
                    (AttributeName::Cmd, &["*download*", "*encoded*"]),
                ],
            ),
            "entity=process&action=run&attr=file_name:powershell.exe,cmd:*download*|*encoded*",
        ),
        (
            "\"https://100.64.64.62/#/investigationNG/builder?entity=network&action=outgoing_network \
             ,incoming_network,failed_network&attr=remote_ip:8.8.8.8\"",
            asks(&["8.8.8.8"]),
            "entity=network&action=outgoing_network,incoming_network,failed_network&attr=remote_ip:8.8.8.8",
        ),
    ] {
        assert_eq!(parse(text).as_ref(), Ok(&expected), "{text}");
        // As a browser's address bar gives it back.
        assert_eq!(parse(&text.replace(' ', "%20")).as_ref(), Ok(&expected), "{text}");
        assert_eq!(expected.to_string(), printed);
    }
}

#[test]
fn blanks_and_case_of_names_mean_nothing() {
    let expected = query(
        Entity::Process,
        &[Action::Run, Action::Injector],
        &[(AttributeName::Cgn, &["Explorer.EXE"]), (AttributeName::InstanceId, &["ws7/4/9", "ws 8/4/9"])],
    );
    for text in [
        "entity=process&action=run,injector&attr=CGN:Explorer.EXE,instanceId:ws7/4/9|ws 8/4/9",
        "ENTITY=Process&ACTION=RUN,INJECTOR&ATTR=cgn:Explorer.EXE,INSTANCEID:ws7/4/9|ws 8/4/9",
        // The document's template has a blank before `=`.
        "entity=process&action=run,injector&attr =CGN:Explorer.EXE,instanceId:ws7/4/9|ws 8/4/9",
        "\tentity = process & action = run , injector & attr = CGN : Explorer.EXE , instanceId : ws7/4/9 | \
         ws 8/4/9 \n",
        " ' HTTP://[2001:db8::7]:8443/?a=b#?attr=CGN:Explorer.EXE,instanceId:ws7/4/9|ws 8/4/9&action=run,\
         injector&entity=process&'",
        "“#/investigationNG/builder?entity=process&action=run,injector,run\
         &attr%20=%20CGN:%20Explorer.EXE%20,instanceId:ws7/4/9|ws%208/4/9”",
    ] {
        assert_eq!(parse(text).as_ref(), Ok(&expected), "{text}");
    }
}

#[test]
fn nothing_said_is_nothing_asked() {
    let everything = query(Entity::Host, &[], &[]);
    for text in ["entity=host", "entity=host&action=&attr=", "&&entity=host&", "entity=host&attr= "] {
        assert_eq!(parse(text).as_ref(), Ok(&everything), "{text}");
    }
    assert_eq!(everything.to_string(), "entity=host");
}

#[test]
fn the_first_colon_splits() {
    let text = r"entity=file&attr=file_path:c:\temp\*.exe,old_file_path:C:\a b\x";
    let expected = query(
        Entity::File,
        &[],
        &[(AttributeName::FilePath, &[r"c:\temp\*.exe"]), (AttributeName::OldFilePath, &[r"C:\a b\x"])],
    );
    assert_eq!(parse(text).as_ref(), Ok(&expected));
    let addresses = values("entity=host&attr=host_ip:2001:db8::7|::1");
    assert_eq!(addresses, ["2001:db8::7", "::1"].map(|text| Value::exact(text).unwrap()));
}

#[test]
fn a_name_may_stand_twice_and_both_must_fit() {
    let text = "entity=process&attr=cmd:*a*,cmd:*b*";
    let expected =
        query(Entity::Process, &[], &[(AttributeName::Cmd, &["*a*"]), (AttributeName::Cmd, &["*b*"])]);
    assert_eq!(parse(text).as_ref(), Ok(&expected));
    assert_eq!(expected.to_string(), text);
}

#[test]
fn escapes_decode_after_splitting() {
    for (written, exact, printed) in [
        ("a%2Cb", "a,b", "a%2Cb"),
        ("a%2cb", "a,b", "a%2Cb"),
        ("a%7Cb", "a|b", "a%7Cb"),
        ("a%26b", "a&b", "a%26b"),
        ("a%2Ab", "a*b", "a%2Ab"),
        ("100%25", "100%", "100%25"),
        ("%2541", "%41", "%2541"),
        ("%41%3A=b", "A:=b", "A:=b"),
        ("stra%C3%9Fe", "straße", "straße"),
        ("%F0%9F%A6%80", "🦀", "🦀"),
        ("a+b#c?d\"", "a+b#c?d\"", "a+b#c?d\""),
        // A bare query keeps escaped blanks; those inside need no escape.
        ("%20a%20b%20", " a b ", "%20a b%20"),
        ("%20", " ", "%20"),
        // What a terminal would act upon is printed escaped.
        ("a%1B[2J%0A", "a\u{1b}[2J\n", "a%1B[2J%0A"),
        ("a%E2%80%AEb", "a\u{202e}b", "a%E2%80%AEb"),
        ("a\u{a0}b", "a\u{a0}b", "a%C2%A0b"),
    ] {
        let text = format!("entity=process&attr=cmd:{written}");
        assert_eq!(values(&text), [Value::exact(exact).unwrap()], "{written}");
        assert_eq!(parse(&text).unwrap().to_string(), format!("entity=process&attr=cmd:{printed}"));
    }
    // In a URL, a browser wrote the blanks at the ends.
    let in_url = values("http://s/#?entity=process&attr=cmd:%20 %20*a%20b*%20|c");
    assert_eq!(in_url, [Value::pattern("*a b*").unwrap(), Value::exact("c").unwrap()]);
}

#[test]
fn stars_side_by_side_are_one() {
    let [any, twice, literal] = values("entity=host&attr=host_name:*|a**b|*%2A*").try_into().unwrap();
    assert!(any.is_any());
    assert_eq!(any.parts(), ["", ""]);
    assert_eq!(twice, Value::pattern("a*b").unwrap());
    assert_eq!(literal.parts(), ["", "*", ""]);
    assert_eq!(literal.to_string(), "*%2A*");
    assert!(values("entity=host&attr=host_name:***").iter().all(Value::is_any));
    assert_eq!((Value::exact(""), Value::pattern("")), (None, None));
    assert_eq!(Value::exact("a*").unwrap().as_exact(), Some("a*"));
}

#[test]
fn few_values_are_told_apart_from_none() {
    for (text, legal) in [
        ("entity=process&attr=signed:0|1|2", true),
        ("entity=process&attr=signed:*", true),
        ("entity=process&attr=signed:yes", false),
        ("entity=process&attr=signed:3*", false),
        ("entity=network&attr=access_type:TCP|u*", true),
        ("entity=network&attr=access_type:icmp", false),
    ] {
        assert_eq!(parse(text).is_ok(), legal, "{text}");
    }
}

#[test]
fn a_thousand_alternatives_are_a_query() {
    let names: Vec<String> =
        (0..1000).map(|n| format!("a tool of sixty letters that has the number {n}.exe")).collect();
    let text = format!("entity=process&attr=file_name:{}", names.join("|"));
    let query = parse(&text).unwrap();
    assert_eq!(query.to_string(), text);
    let pattern = Pattern::of(&query.attributes[0]);
    assert!(names.iter().all(|name| pattern.matches(name)));
    assert!(!pattern.matches("a tool of sixty letters that has the number 1000.exe"));
    assert_eq!(pattern.exact().unwrap().count(), 1000);
}

#[test]
fn the_table_is_the_documents() {
    // Actions and attributes of each entity, counted in the specification.
    let counts =
        Entity::ALL.map(|entity| (entity.as_str(), entity.actions().len(), entity.attributes().len()));
    let counted = [("process", 5, 10), ("registry", 4, 4), ("file", 6, 6), ("network", 3, 9), ("host", 0, 2)];
    assert_eq!(counts, counted);
}
