//! Everything that is counted on hosts, one after the other.

use super::{Cell, Counted, HostId, HostImageId, Member, PerHost, ShapeId, Sighting, ValueId};

#[allow(clippy::indexing_slicing, reason = "hosts, images and cells are numbered by this table alone")]
impl PerHost {
    /// Every image on every host.
    pub fn all(&self) -> impl Iterator<Item = HostImageId> + '_ {
        let held = self.is_held.iter().enumerate().filter(|(_, held)| **held);
        held.map(|(place, _)| HostImageId::at(place))
    }

    /// How many places images on hosts have, held or not.
    #[must_use]
    pub fn places(&self) -> usize {
        self.images.len()
    }

    /// Which image on which host.
    #[must_use]
    pub fn whose(&self, id: HostImageId) -> (HostId, Member) {
        let image = &self.images[id.place()];
        (image.host, image.member)
    }

    /// Every shape that has a cell, as often as it has one.
    pub fn shapes(&self) -> impl Iterator<Item = ShapeId> + '_ {
        self.cells.iter().filter(|cell| cell.total() > 0).map(|cell| cell.shape)
    }

    /// Every cell that holds a count.
    pub fn counted(&self) -> impl Iterator<Item = Counted> + '_ {
        let cells = self.images.iter().flat_map(|image| {
            self.chain_from(image.first).map(|cell| {
                let Cell { shape, executions, .. } = self.cells[cell.place()];
                Counted { host: image.host, shape, executions }
            })
        });
        cells.filter(|counted| counted.executions != [0; 2])
    }

    /// Every image on every host, with when it was there.
    pub fn sightings(&self) -> impl Iterator<Item = (HostId, Member, Sighting)> + '_ {
        let ever = self.images.iter().filter(|image| image.seen.is_ever());
        ever.map(|image| (image.host, image.member, image.seen))
    }

    /// Every element of a list that holds a count, with its host.
    pub fn elements(&self) -> impl Iterator<Item = (HostId, ValueId, [u32; 2])> + '_ {
        let host = |id: HostImageId| self.images[id.place()].host;
        self.elements.all().map(move |(id, value, counts)| (host(id), value, counts))
    }
}
