//! What a scheduled task runs, from its definition.

/// The command and its arguments, of the first action that has a command. The definition is XML, in event 4702 of
/// some shippers with its markup escaped once more.
#[must_use]
pub(super) fn command(content: &str) -> Option<String> {
    let unescaped;
    let content = if content.contains("&lt;") && !content.contains('<') {
        unescaped = plain(content);
        &unescaped
    } else {
        content
    };
    let exec = between(content, "<Exec>", "</Exec>").unwrap_or(content);
    let command = plain(between(exec, "<Command>", "</Command>")?.trim());
    let arguments = between(exec, "<Arguments>", "</Arguments>").map(|text| plain(text.trim()));
    Some(match arguments {
        Some(arguments) if !arguments.is_empty() => format!("{command} {arguments}"),
        _ => command,
    })
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let (_, after) = text.split_once(start)?;
    Some(after.split_once(end)?.0)
}

/// XML's own five escapes; `&amp;` last, so that nothing is unescaped twice.
fn plain(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn a_task_runs_its_command_with_its_arguments() {
        let xml = "<Task><Actions><Exec><Command>C:\\a b\\x.exe</Command>\r\n<Arguments>/q &quot;1 &amp;lt; 2&quot;</Arguments></Exec></Actions></Task>";
        assert_eq!(command(xml).as_deref(), Some("C:\\a b\\x.exe /q \"1 &lt; 2\""));
        assert_eq!(
            command("&lt;Exec&gt;&lt;Command&gt;cmd&lt;/Command&gt;&lt;/Exec&gt;").as_deref(),
            Some("cmd")
        );
        for none in ["", "<Exec></Exec>", "<ComHandler><ClassId>{1}</ClassId></ComHandler>", "<Command>"] {
            assert_eq!(command(none), None, "{none}");
        }
    }
}
