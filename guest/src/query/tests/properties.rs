//! What holds for every text and every query.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;

/// Characters that mean something to the language, to a browser, to a terminal or to folding.
fn hostile() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => select("%*|,&:=#?\"' \t\n\\/+%2aC\u{a0}\u{1b}\u{202e}\u{feff}\u{0}ΣςσİßA".chars().collect::<Vec<_>>()),
        1 => any::<char>(),
    ]
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(hostile(), 0..8).prop_map(String::from_iter)
}

fn value(name: AttributeName) -> BoxedStrategy<Value> {
    let choices: Vec<&str> = name.choices().iter().map(|(value, _)| *value).chain(["*"]).collect();
    if choices.len() > 1 {
        return select(choices).prop_map(|text| Value::pattern(text).unwrap()).boxed();
    }
    let some: &[&str] = match name {
        AttributeName::Pid | AttributeName::ThreadId => &["0", "4294967295", "1*", "*"],
        AttributeName::RemotePort | AttributeName::LocalPort => &["0", "65535", "4*3", "*"],
        AttributeName::RemoteIp | AttributeName::LocalIp | AttributeName::HostIp => {
            &["10.0.0.5", "2001:db8::7", "10.*", "*"]
        }
        _ => {
            return proptest::collection::vec(text(), 1..5)
                .prop_filter_map("a value", Value::of_parts)
                .boxed();
        }
    };
    select(some).prop_map(|text| Value::pattern(text).unwrap()).boxed()
}

fn any_query() -> impl Strategy<Value = Query> {
    select(Entity::ALL.to_vec()).prop_flat_map(|entity| {
        let actions = subsequence(entity.actions(), 0..=entity.actions().len()).prop_shuffle();
        let attribute = select(entity.attributes()).prop_flat_map(|name| {
            proptest::collection::vec(value(name), 1..4).prop_map(move |values| Attribute { name, values })
        });
        let attributes = proptest::collection::vec(attribute, 0..4);
        (actions, attributes).prop_map(move |(actions, attributes)| Query { entity, actions, attributes })
    })
}

/// Texts out of the language's own words, a query now and then.
fn words() -> impl Strategy<Value = String> {
    let word = select(vec![
        "entity=process",
        "entity=host",
        "entity",
        "&action=run",
        "&action=",
        "&attr=",
        "attr",
        "file_name:",
        "cmd:*a*",
        "signed:1",
        "host_name:",
        "pid:4",
        "=",
        "&",
        ",",
        ":",
        "|",
        "*",
        "**",
        " ",
        "%",
        "%2",
        "%20",
        "%2A",
        "%2C",
        "%C3",
        "%A9",
        "%zz",
        "\"",
        "“",
        "”",
        "https://s/#/b?",
        "#",
        "?",
        "ü",
        "x",
        r"c:\",
        "::1",
    ]);
    prop_oneof![
        proptest::collection::vec(word.clone(), 0..12).prop_map(|words| words.concat()),
        proptest::collection::vec(word, 0..6)
            .prop_map(|words| format!("entity=process&attr=cmd:{}", words.concat())),
    ]
}

fn check(text: &str) -> Result<(), TestCaseError> {
    match parse(text) {
        Ok(query) => {
            let printed = query.to_string();
            let again = parse(&printed);
            prop_assert_eq!(again.as_ref(), Ok(&query), "{}", printed);
        }
        Err(error) => {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.column), "{error}");
            prop_assert!(!error.to_string().contains(char::is_control), "{error}");
        }
    }
    Ok(())
}

/// Whether the parts fit with any text between them, tried in every way.
fn fits(parts: &[String], text: &str) -> bool {
    match parts {
        [] => false,
        [only] => only == text,
        [start, rest @ ..] => text.strip_prefix(start.as_str()).is_some_and(|after| {
            let mut starts = after.char_indices().map(|(at, _)| at).chain([after.len()]);
            starts.any(|at| fits(rest, &after[at..]))
        }),
    }
}

proptest! {
    #[test]
    fn a_query_survives_printing(query in any_query()) {
        let printed = query.to_string();
        prop_assert!(!printed.contains(char::is_control));
        prop_assert_eq!(parse(&printed), Ok(query));
    }

    #[test]
    fn any_text_is_a_query_or_an_error_in_it(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn any_words_are_a_query_or_an_error_in_them(text in words()) {
        check(&text)?;
    }

    #[test]
    fn any_text_can_be_escaped_whole(text in any::<String>().prop_filter("a value", |text| !text.is_empty())) {
        let escaped: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let query = parse(&format!("entity=process&attr=cmd:{escaped}")).unwrap();
        prop_assert_eq!(query.attributes[0].values[0].as_exact(), Some(text.as_str()));
    }

    #[test]
    fn a_pattern_fits_what_trying_every_way_fits(
        alternatives in proptest::collection::vec(proptest::collection::vec("[ab*]{0,3}", 1..5), 1..12),
        text in "[ab*]{1,8}",
    ) {
        let values: Vec<_> = alternatives.into_iter().filter_map(Value::of_parts).collect();
        let expected = values.iter().any(|value| fits(value.parts(), &text));
        let pattern = Pattern::of(&Attribute { name: AttributeName::Cmd, values });
        prop_assert_eq!(pattern.matches(&text), expected);
    }
}
