//! Command lines of Windows: which program one names, and what it is given.

use std::borrow::Cow;

use super::path::{file_name, fold, whole};

/// A program that a command line may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its folded file name, with its ending.
    pub name: String,
    /// In the form of [`whole`], where the command line has all of it.
    pub path: Option<String>,
    /// What it is given, in the form of [`plain`].
    pub given: String,
}

/// The programs that a command line may start. A batch file is started by cmd.exe.
#[must_use]
pub fn programs(line: &str) -> Vec<Program> {
    let mut programs = Vec::new();
    for (program, given) in readings(line) {
        let Some(name) = program_name(program) else { continue };
        if [".bat", ".cmd"].iter().any(|ending| has_ending(&name, ending)) {
            let given = plain(&format!("/c {program} {given}"));
            programs.push(Program { name: "cmd.exe".to_owned(), path: None, given });
        }
        // Of a short name the long one is not known, nor what a variable stands for.
        let path = whole(program).filter(|path| !path.contains(['~', '%']));
        programs.push(Program { name, path, given: plain(given) });
    }
    programs
}

/// So many readings of a path with blanks are tried.
const READINGS: usize = 8;

/// Endings behind which no path goes on.
const ENDINGS: [&str; 5] = [".exe", ".com", ".bat", ".cmd", ".scr"];

/// The programs that a command line may name, each with what follows. Windows tries one after another where a path
/// has blanks and no quotes.
pub fn readings(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let line = line.trim();
    let quoted = line.strip_prefix('"').map(|rest| rest.split_once('"').unwrap_or((rest, "")));
    let mut from = if quoted.is_some() { None } else { Some(0) };
    let unquoted = std::iter::from_fn(move || {
        let begin = from?;
        let rest = line.get(begin..)?;
        let end = rest.find(char::is_whitespace).map_or(line.len(), |at| begin + at);
        let (program, given) = line.split_at_checked(end)?;
        // What is no path is searched for by its name.
        let is_whole = given.is_empty()
            || !program.contains('\\')
            || ENDINGS.iter().any(|ending| has_ending(program, ending));
        let next = given.find(|c: char| !c.is_whitespace()).map(|at| end + at);
        from = next.filter(|_| !is_whole);
        Some((program, given))
    });
    quoted.into_iter().chain(unquoted.take(READINGS)).filter(|(program, _)| !program.is_empty())
}

fn has_ending(program: &str, ending: &str) -> bool {
    let from = program.len().checked_sub(ending.len());
    from.and_then(|from| program.get(from..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

/// The folded file name of a program as a command line names it, with its ending; `None` where only the machine
/// itself knows.
#[must_use]
pub fn program_name(program: &str) -> Option<String> {
    let name = fold(file_name(program));
    let name = if name == "%comspec%" { Cow::Borrowed("cmd.exe") } else { name };
    if name.is_empty() || name.contains('%') {
        return None;
    }
    Some(if name.contains('.') { name.into_owned() } else { format!("{name}.exe") })
}

/// What a program is given, in one form: folded, without quotes, with single blanks.
#[must_use]
pub fn plain(given: &str) -> String {
    let unquoted = given.replace('"', " ");
    let words: Vec<Cow<'_, str>> = unquoted.split_whitespace().map(fold).collect();
    words.join(" ")
}

/// What stands before, between and after the variables of a text: of `-a %TEMP%\x` `-a ` and `\x`.
#[must_use]
pub fn around_variables(text: &str) -> Vec<&str> {
    let is_name = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '(' | ')'))
    };
    let mut parts = Vec::new();
    let (mut begin, mut at) = (0, 0);
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('%')).map(|found| at + found) {
        let name = text.get(open + 1..).unwrap_or_default().split_once('%').map(|(name, _)| name);
        if let Some(name) = name.filter(|name| is_name(name)) {
            parts.push(text.get(begin..open).unwrap_or_default());
            begin = open + name.len() + 2;
            at = begin;
        } else {
            at = open + 1;
        }
    }
    parts.push(text.get(begin..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(line: &str) -> Vec<(&str, &str)> {
        readings(line).collect()
    }

    #[test]
    fn a_program_stands_in_quotes_or_up_to_a_blank_behind_its_ending() {
        assert_eq!(all(r#""C:\a b\x.exe" -q "1""#), [(r"C:\a b\x.exe", r#" -q "1""#)]);
        assert_eq!(all(r"rundll32.exe C:\x.dll,a /p"), [("rundll32.exe", r" C:\x.dll,a /p")]);
        let blanks = [(r"C:\Program", r" Files\A\x.EXE -k a"), (r"C:\Program Files\A\x.EXE", " -k a")];
        assert_eq!(all(r"C:\Program Files\A\x.EXE -k a"), blanks);
        assert_eq!(all("  cmd  "), [("cmd", "")]);
        assert_eq!(all(r"\é b"), [(r"\é", " b"), (r"\é b", "")]);
        assert_eq!(all("cmd /c x"), [("cmd", " /c x")]);
        assert_eq!(all(r#""C:\open"#), [(r"C:\open", "")]);
        assert_eq!((all(""), all("\"\"")), (vec![], vec![]));
        assert_eq!(all(r"C:\a b c d e f g h i j").len(), READINGS);
    }

    #[test]
    fn a_program_has_a_name_with_its_ending() {
        for (program, name) in [
            (r"C:\Windows\System32\CMD.EXE", Some("cmd.exe")),
            ("%COMSPEC%", Some("cmd.exe")),
            (r"%SystemRoot%\System32\svchost", Some("svchost.exe")),
            ("powershell", Some("powershell.exe")),
            ("%TOOL%", None),
            (r"C:\a\", None),
        ] {
            assert_eq!(program_name(program).as_deref(), name, "{program}");
        }
    }

    #[test]
    fn a_command_line_names_its_program_with_its_path_where_that_is_known() {
        let program = |name: &str, path: Option<&str>, given: &str| Program {
            name: name.to_owned(),
            path: path.map(str::to_owned),
            given: given.to_owned(),
        };
        let expected = [program("a.exe", Some(r"c:\tools\a.exe"), "-q")];
        assert_eq!(programs(r#""C:\Tools\A.exe" -Q"#), expected);
        assert_eq!(programs(r"%ProgramFiles%\A\a.exe"), [program("a.exe", None, "")]);
        assert_eq!(programs(r"C:\USERS~1\a.exe"), [program("a.exe", None, "")]);
        assert_eq!(programs("%TOOL% -a"), []);
        let batch =
            [program("cmd.exe", None, r"/c c:\t\run.bat 1"), program("run.bat", Some(r"c:\t\run.bat"), "1")];
        assert_eq!(programs(r"C:\t\run.bat 1"), batch);
    }

    #[test]
    fn what_is_given_has_one_form() {
        assert_eq!(plain(r#"  /C  "C:\A b" x"#), r"/c c:\a b x");
        assert_eq!(around_variables(r"-a %TEMP%\x %1 50% %y%"), ["-a ", r"\x %1 50% ", ""]);
        assert_eq!(around_variables("100 % of %a b%"), ["100 % of %a b%"]);
    }
}
