//! Anna's day before the letter: mail, browser, sheets, a note in the editor.

use std::rc::Rc;

use super::boot::Base;
use super::desktop::Desktop;
use super::oddities;
use super::office::{browser, chat, loaded, office, page};
use crate::model::host::Host;
use crate::model::launch::Launch;
use crate::model::process::Process;
use crate::model::time::Time;

/// What the attack meets on Anna's desktop.
pub(crate) struct Desk {
    /// The mail program that shows the letter.
    pub(crate) outlook: Rc<Process>,
    /// The editor that she opened herself; the thread is injected here.
    pub(crate) notepad: Rc<Process>,
}

/// Anna works.
pub(crate) fn work(host: &mut Host, base: &Base, desk: &Desktop) -> Desk {
    let outlook = Launch::new(
        r"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE",
        r#""C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE" "#,
    );
    let outlook = outlook.inside(format!(r"{}\", desk.person.home())).label("outlook");
    let started = Time::at(6, 52, 3);
    let outlook = host.start(started, &desk.explorer, outlook);
    loaded(host, started, &outlook);

    chat(host, desk, Time::at(6, 44, 40));
    let web = browser(host, desk, Time::at(6, 58, 21), 2_600);
    for (hour, minute) in [(7, 12), (7, 48), (8, 20), (8, 51), (9, 34), (10, 15), (10, 50)] {
        page(host, &web, Time::at(hour, minute, 27), 9);
    }
    let budget = r#""C:\Users\anna.voss\Documents\Budget 2027.xlsx""#;
    let sheet = office(host, desk, Time::at(7, 31, 9), "EXCEL.EXE", budget);
    host.end(Time::at(8, 44, 50), &sheet);
    let letter = r#"/n "C:\Users\anna.voss\Documents\Reply to Alder Rail.docx" /o """#;
    let word = office(host, desk, Time::at(8, 2, 36), "WINWORD.EXE", letter);
    host.end(Time::at(8, 27, 14), &word);
    let sheet = office(host, desk, Time::at(9, 41, 55), "EXCEL.EXE", budget);
    host.end(Time::at(11, 12, 4), &sheet);

    let note = r#""C:\Windows\system32\notepad.exe" C:\Users\anna.voss\Documents\calls.txt"#;
    let note = Launch::system32("notepad.exe", note).label("notepad");
    let notepad = host.start(Time::at(8, 47, 18), &desk.explorer, note);
    loaded(host, Time::at(8, 47, 18), &notepad);
    oddities::housekeeping(host, base, Some(desk), Time::at(7, 4, 30));
    Desk { outlook, notepad }
}
