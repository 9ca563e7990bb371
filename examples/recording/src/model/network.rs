//! Connections: Sysmon's event 3 at the initiator's end, at the other end, or at both.

use super::host::Host;
use super::process::Process;
use super::time::Time;

/// The five of a connection, source first.
pub(crate) struct Tuple {
    protocol: &'static str,
    source: (String, u64),
    destination: (String, u64),
}

/// A connection that Sysmon saw at both ends: one row of the ground truth.
pub(crate) struct Link {
    /// The initiator's host and process.
    pub(crate) from: (&'static str, u64, String),
    /// The acceptor's host and process.
    pub(crate) to: (&'static str, u64, String),
    /// The initiator's port, then the acceptor's.
    pub(crate) ports: (u64, u64),
    /// `UtcTime` at either end.
    pub(crate) utc: (String, String),
    /// How much later the acceptor's clock has it, in milliseconds.
    pub(crate) offset_ms: u64,
    /// The part that it plays.
    pub(crate) label: &'static str,
}

impl Host {
    fn connection(&mut self, at: Time, process: &Process, tuple: &Tuple, initiated: bool) {
        let mut fields = self.subject(process, at);
        let hostname = if initiated { self.name } else { "-" };
        fields.extend([
            ("User", process.logon.qualified().into()),
            ("Protocol", tuple.protocol.into()),
            ("Initiated", initiated.to_string().into()),
            ("SourceIsIpv6", "false".into()),
            ("SourceIp", tuple.source.0.as_str().into()),
            ("SourceHostname", hostname.into()),
            ("SourcePort", tuple.source.1.to_string().into()),
            ("SourcePortName", "-".into()),
            ("DestinationIsIpv6", "false".into()),
            ("DestinationIp", tuple.destination.0.as_str().into()),
            ("DestinationHostname", "-".into()),
            ("DestinationPort", tuple.destination.1.to_string().into()),
            ("DestinationPortName", "-".into()),
        ]);
        self.log(at, 3, "INFO", fields);
    }

    /// The process connects to an address without a sensor.
    pub(crate) fn connect(&mut self, at: Time, process: &Process, address: &str, port: u64) {
        let protocol = if matches!(port, 53 | 123 | 389) { "udp" } else { "tcp" };
        let source = (self.address.to_owned(), self.port());
        let tuple = Tuple { protocol, source, destination: (address.to_owned(), port) };
        self.connection(at, process, &tuple, true);
    }

    /// The process resolves a name and connects to what it got.
    pub(crate) fn visit(&mut self, at: Time, process: &Process, site: (&str, &str), port: u64) {
        self.resolve(at, process, site.0, site.1);
        self.connect(at.plus(35), process, site.1, port);
    }
}

/// A process of one host connects to a process of another; both sensors see it.
pub(crate) fn join(
    at: Time,
    from: (&mut Host, &Process),
    to: (&mut Host, &Process),
    port: u64,
    label: &'static str,
) -> Link {
    let (client, client_process) = from;
    let (server, server_process) = to;
    let source = (client.address.to_owned(), client.port());
    let accepted = at.plus(server.random.below(5));
    let ports = (source.1, port);
    let destination = (server.address.to_owned(), port);
    let tuple = Tuple { protocol: "tcp", source, destination };
    client.connection(at, client_process, &tuple, true);
    server.connection(accepted, server_process, &tuple, false);
    let (sent, received) = (client.clock(at), server.clock(accepted));
    Link {
        from: (client.name, client_process.pid, client_process.guid.clone()),
        to: (server.name, server_process.pid, server_process.guid.clone()),
        ports,
        utc: (sent.sysmon(), received.sysmon()),
        offset_ms: received.since(sent),
        label,
    }
}
