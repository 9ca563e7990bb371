//! The two workstations use the shares: connections that both sensors see, from which the offset of
//! two clocks can be learned.

use std::rc::Rc;

use super::Facts;
use super::boot::Base;
use crate::model::host::Host;
use crate::model::network::join;
use crate::model::process::Logon;
use crate::model::security::Origin;
use crate::model::time::Time;

/// Three times a day the workstation opens a session to the file server.
pub(crate) fn shares(
    client: &mut Host,
    client_base: &Base,
    server: &mut Host,
    server_base: &Base,
    user: &Rc<Logon>,
    facts: &mut Facts,
) {
    for (round, (hour, minute)) in [(7, 35), (8, 50), (10, 25)].into_iter().enumerate() {
        let at = Time::at(hour, minute, 11).plus(client.random.below(40_000));
        let (from, to) = (&client_base.system, &server_base.system);
        let link = join(at, (&mut *client, from), (&mut *server, to), 445, "shares");
        let number = 0x10_0000 * (u64::try_from(round).unwrap_or(0) + 1);
        let logon = Logon {
            domain: user.domain,
            name: user.name,
            sid: user.sid.clone(),
            id: user.id + number,
            since: at.plus(20),
            integrity: "Medium",
        };
        let port = link.ports.0;
        let origin = Origin { kind: "3", address: client.address, port, process: None };
        server.logon_4624(at.plus(20), &logon, &origin);
        facts.links.push(link);
    }
}
