//! Letting images on hosts go, and counting nothing anew for those that stay.

use super::{HostImageId, PerHost, ShapeId, Sighting, Slots, Wide};

#[allow(clippy::indexing_slicing, reason = "hosts, images and cells are numbered by this table alone")]
impl PerHost {
    /// Takes a shape of an image out with all its executions; nothing where there is none left.
    pub fn take_shape(&mut self, id: HostImageId, slots: &[Slots]) -> Option<(ShapeId, u64)> {
        let first = self.images[id.place()].first?;
        let (shape, times) = (self.cells[first.place()].shape, self.cells[first.place()].total());
        self.held -= usize::from(times > 0);
        self.cells[first.place()].executions = [0; 2];
        if let Some(wide) = self.wide_mut(id) {
            wide.remove(&slots[shape.place()], times);
        }
        self.drop_cell(id, first);
        let image = self.images[id.place()];
        let host = &mut self.hosts[image.host.index()];
        host.ranking.lower(image.place, times);
        host.executions -= times;
        host.running -= u32::from(times > 0 && image.first.is_none());
        Some((shape, times))
    }

    /// Lets an image of which nothing is counted any more go.
    pub fn drop_image(&mut self, id: HostImageId) {
        let image = self.images[id.place()];
        let hash = super::key(self.seed, image.host, image.member);
        if let Ok(entry) = self.index.find_entry(hash, |&other| other == id) {
            entry.remove();
        }
        if let Some(place) = image.wide {
            self.wide[place.get() as usize - 1] = Wide::new(self.seed);
            self.free_wide.push(place);
        }
        self.sighted -= usize::from(image.seen.is_ever());
        self.hosts[image.host.index()].free.push(image.place);
        self.images[id.place()].seen = Sighting::default();
        self.is_held[id.place()] = false;
        self.free_images.push(id);
    }

    /// When anything was on each host, by the images that are left.
    pub fn sight_hosts_anew(&mut self) {
        self.hosts.iter_mut().for_each(|host| host.seen = Sighting::default());
        for image in &self.images {
            self.hosts[image.host.index()].seen.join(image.seen);
        }
    }
}
