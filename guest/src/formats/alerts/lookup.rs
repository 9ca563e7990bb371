//! Members of a JSON document by a dotted path: nested, with dots in the names, or both, since shippers
//! flatten as they like. Lists are looked through.

use serde_json::Value;

/// How many values of one path are taken.
const VALUES: usize = 64;

/// The first text or number at a path, not blank.
pub fn text(document: &Value, path: &str) -> Option<String> {
    texts(document, path).into_iter().next()
}

/// The first that any of the paths has.
pub fn first(document: &Value, paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| text(document, path))
}

/// All texts and numbers at a path, in order.
pub fn texts(document: &Value, path: &str) -> Vec<String> {
    each(document, path).into_iter().filter_map(plain).collect()
}

/// All values at a path, lists taken apart.
pub fn each<'v>(document: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut found = Vec::new();
    walk(document, path, &mut found);
    found
}

/// Whether there is anything at the path.
pub fn has(document: &Value, path: &str) -> bool {
    each(document, path).iter().any(|value| !value.is_null())
}

/// Whether any text at the path is this word, in any case.
pub fn is(document: &Value, path: &str, word: &str) -> bool {
    texts(document, path).iter().any(|text| text.eq_ignore_ascii_case(word))
}

/// A text, number or truth value as text; nothing where it is blank.
pub fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn walk<'v>(value: &'v Value, path: &str, found: &mut Vec<&'v Value>) {
    if found.len() >= VALUES {
        return;
    }
    match value {
        Value::Array(list) => list.iter().for_each(|element| walk(element, path, found)),
        _ if path.is_empty() => found.push(value),
        Value::Object(members) => {
            if let Some(member) = members.get(path) {
                walk(member, "", found);
            }
            for (dot, _) in path.match_indices('.') {
                let (name, rest) = (path.get(..dot), path.get(dot + 1..));
                if let (Some(member), Some(rest)) = (name.and_then(|name| members.get(name)), rest) {
                    walk(member, rest, found);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_is_found_nested_dotted_and_mixed() {
        for document in [
            json!({"a": {"b": {"c": "x"}}}),
            json!({"a.b.c": "x"}),
            json!({"a.b": {"c": "x"}}),
            json!({"a": {"b.c": "x"}}),
            json!({"a": [{"b": {"c": ["x"]}}]}),
        ] {
            assert_eq!(text(&document, "a.b.c").as_deref(), Some("x"), "{document}");
            assert!(has(&document, "a.b.c") && !has(&document, "a.c"));
        }
    }

    #[test]
    fn lists_give_all_their_values_up_to_a_bound() {
        assert_eq!(texts(&json!({"a": ["x", 7, null, "", {"b": 1}]}), "a"), ["x", "7"]);
        assert_eq!(texts(&json!({"a": vec![1; 1000]}), "a").len(), VALUES);
    }
}
