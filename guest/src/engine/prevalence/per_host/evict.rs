//! Letting images on hosts go, and counting nothing anew for those that stay.

use super::{HostImageId, PerHost, ShapeId, Sighting, Slots, Wide};

#[allow(clippy::indexing_slicing, reason = "hosts, images and cells are numbered by this table alone")]
impl PerHost {
    /// Takes a shape of an image out with all its executions; nothing where there is none left. The host's
    /// ranking has them until [`Self::drop_images`].
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
        host.executions -= times;
        host.running -= u32::from(times > 0 && image.first.is_none());
        Some((shape, times))
    }

    /// Lets images go of which all shapes were taken out.
    pub fn drop_images(&mut self, gone: &[HostImageId], goes: impl Fn(HostImageId) -> bool) {
        let mut places = Vec::with_capacity(gone.len());
        for &id in gone {
            let image = &mut self.images[id.place()];
            places.push((image.host, image.place));
            self.sighted -= usize::from(image.seen.is_ever());
            image.seen = Sighting::default();
            if let Some(place) = image.wide {
                self.wide[place.get() as usize - 1] = Wide::new(self.seed);
                self.free_wide.push(place);
            }
            self.is_held[id.place()] = false;
            self.free_images.push(id);
        }
        // One host after the other, so that its ranking is fetched once.
        places.sort_unstable();
        for (host, place) in places {
            let host = &mut self.hosts[host.index()];
            host.ranking.lower(place, u64::MAX);
            host.free.push(place);
        }
        // So many go that to walk through is less than to look each up.
        self.index.retain(|&mut id| !goes(id));
    }

    /// When anything was on each host, by the images that are left.
    pub fn sight_hosts_anew(&mut self) {
        self.hosts.iter_mut().for_each(|host| host.seen = Sighting::default());
        for image in &self.images {
            self.hosts[image.host.index()].seen.join(image.seen);
        }
    }
}
