//! From text to query.

use super::error::{Problem, shown};
use super::names::{Action, AttributeName, Entity};
use super::pattern::Pattern;
use super::piece::{Fault, Piece};
use super::value::Value;
use super::{Attribute, MAX_BYTES, MAX_VALUES, Query, QueryError};
use crate::text::address;

/// The query of a bare text or of a whole URL, quoted or not; the language is the module's.
///
/// # Errors
///
/// Where and why the text is no query, or asks for what the entity does not have.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    query(Piece::whole(text)).map_err(|fault| fault.in_text(text))
}

/// Whether an escaped blank at a value's end belongs to it.
#[derive(Clone, Copy)]
enum Ends {
    /// It does: whoever wrote the query wrote it.
    Kept,
    /// It does not: a browser wrote it for a blank.
    Trimmed,
}

fn query(text: Piece<'_>) -> Result<Query, Fault> {
    let length = text.text.len();
    if length > MAX_BYTES {
        return Err(text.skip(text.text.floor_char_boundary(MAX_BYTES)).fault(Problem::TooLong(length)));
    }
    let (text, ends) = unwrap(unquote(text.trim())?.trim())?;
    let [entity, action, attr] = parameters(text)?;
    let entity = entity_of(entity.ok_or_else(|| text.fault(Problem::MissingEntity))?)?;
    let actions = action.map_or(Ok(Vec::new()), |list| actions(list, entity))?;
    let attributes = attr.map_or(Ok(Vec::new()), |list| attributes(list, entity, ends))?;
    Ok(Query { entity, actions, attributes })
}

/// Without the quotation marks around it, as a configured command line has them.
fn unquote(text: Piece<'_>) -> Result<Piece<'_>, Fault> {
    for (opening, closing) in [('"', '"'), ('\'', '\''), ('“', '”'), ('‘', '’')] {
        if text.text.starts_with(opening) {
            let inner = text.skip(opening.len_utf8());
            return inner.strip_end(closing).ok_or_else(|| text.fault(Problem::OpenQuotation));
        }
    }
    Ok(text)
}

/// The parameters, out of the fragment of a URL if it is one; the fragment alone will do.
fn unwrap(text: Piece<'_>) -> Result<(Piece<'_>, Ends), Fault> {
    let begins = |with: &str| text.text.get(..with.len()).is_some_and(|t| t.eq_ignore_ascii_case(with));
    if !["http://", "https://", "#"].into_iter().any(begins) {
        return Ok((text, Ends::Kept));
    }
    let query = text.cut('#').and_then(|(_, fragment)| fragment.cut('?'));
    let (_, query) = query.ok_or_else(|| text.skip(text.text.len()).fault(Problem::NoQueryInUrl))?;
    Ok((query, Ends::Trimmed))
}

/// What follows `entity=`, `action=` and `attr=`.
fn parameters(text: Piece<'_>) -> Result<[Option<Piece<'_>>; 3], Fault> {
    let [mut entity, mut action, mut attr] = [None; 3];
    for parameter in text.split('&').filter(|parameter| !parameter.is_blank()) {
        let Some((name, content)) = parameter.cut('=') else {
            let parameter = parameter.trim_escaped();
            return Err(parameter.fault(Problem::NoParameter(shown(parameter.text))));
        };
        let (written, place) = named(name)?;
        let (name, slot) = match written.to_ascii_lowercase().as_str() {
            "entity" => ("entity", &mut entity),
            "action" => ("action", &mut action),
            "attr" => ("attr", &mut attr),
            _ => return Err(place.fault(Problem::UnknownParameter(shown(&written)))),
        };
        if slot.replace(content).is_some() {
            return Err(place.fault(Problem::Repeated(name)));
        }
    }
    Ok([entity, action, attr])
}

fn entity_of(text: Piece<'_>) -> Result<Entity, Fault> {
    let (written, place) = named(text)?;
    let known = Entity::ALL.into_iter().find(|entity| entity.as_str().eq_ignore_ascii_case(&written));
    known.ok_or_else(|| place.fault(Problem::UnknownEntity(shown(&written))))
}

fn actions(list: Piece<'_>, entity: Entity) -> Result<Vec<Action>, Fault> {
    let mut actions = Vec::new();
    for element in elements(list) {
        let (written, place) = named(element)?;
        if written.is_empty() {
            return Err(place.fault(Problem::EmptyElement("action")));
        }
        let known = entity.actions().iter().find(|action| action.as_str().eq_ignore_ascii_case(&written));
        let Some(&action) = known else {
            return Err(place.fault(Problem::UnknownAction(entity, shown(&written))));
        };
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    Ok(actions)
}

fn attributes(list: Piece<'_>, entity: Entity, ends: Ends) -> Result<Vec<Attribute>, Fault> {
    let mut attributes = Vec::new();
    let mut room = MAX_VALUES;
    for element in elements(list) {
        if element.is_blank() {
            return Err(element.fault(Problem::EmptyElement("attr")));
        }
        let Some((name, content)) = element.cut(':') else {
            let element = element.trim_escaped();
            return Err(element.fault(Problem::NoValue(shown(element.text))));
        };
        let (written, place) = named(name)?;
        let known = entity.attributes().iter().find(|name| name.as_str().eq_ignore_ascii_case(&written));
        let Some(&name) = known else {
            return Err(place.fault(Problem::UnknownAttribute(entity, shown(&written))));
        };
        let mut values = Vec::new();
        for alternative in content.split('|') {
            room = room.checked_sub(1).ok_or_else(|| alternative.fault(Problem::TooManyValues))?;
            values.push(value(alternative, name, ends)?);
        }
        attributes.push(Attribute { name, values });
    }
    Ok(attributes)
}

fn value(text: Piece<'_>, name: AttributeName, ends: Ends) -> Result<Value, Fault> {
    let text = match ends {
        Ends::Kept => text.trim(),
        Ends::Trimmed => text.trim_escaped(),
    };
    let Some(value) = Value::of_parts(text.decode()?) else {
        return Err(text.fault(Problem::EmptyValue(name)));
    };
    let choices = name.choices();
    let is_possible = || {
        let pattern = Pattern::any_of(std::slice::from_ref(&value));
        choices.iter().any(|(choice, _)| pattern.matches(choice))
    };
    if !choices.is_empty() && !is_possible() {
        return Err(text.fault(Problem::UnknownValue(name, shown(text.text))));
    }
    if let Some(greatest) = name.greatest().filter(|&greatest| !may_be_number(&value, greatest)) {
        return Err(text.fault(Problem::NoNumber(name, shown(text.text), greatest)));
    }
    if name.is_address() && !may_be_address(&value) {
        return Err(text.fault(Problem::NoAddress(name, shown(text.text))));
    }
    Ok(value)
}

/// Whether it is a number, or what may be one with something for its stars.
fn may_be_number(value: &Value, greatest: u32) -> bool {
    let are_digits = value.parts().iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let number = || value.as_exact().map(str::parse::<u32>);
    are_digits && number().is_none_or(|number| number.is_ok_and(|number| number <= greatest))
}

/// Whether it is an address, or what may be one with something for its stars.
fn may_be_address(value: &Value) -> bool {
    let is_of_one = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
    match value.as_exact() {
        Some(text) => address::parse(text).is_some(),
        None => value.parts().iter().all(|part| part.chars().all(is_of_one)),
    }
}

/// What commas separate; nothing where there is nothing.
fn elements(list: Piece<'_>) -> impl Iterator<Item = Piece<'_>> {
    let is_blank = list.is_blank();
    list.split(',').filter(move |_| !is_blank)
}

/// A name without blanks, and where it stands.
fn named(text: Piece<'_>) -> Result<(String, Piece<'_>), Fault> {
    let text = text.trim_escaped();
    Ok((text.decode()?.join("*"), text))
}
