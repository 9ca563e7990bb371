//! Letting counts go, to stay within a limit: what goes is taken out, what stays is not touched.

use super::super::per_host::HostImageId;
use super::{Counters, Environment, ShapeId};

impl Counters {
    /// Takes out all that some images did on some hosts, and the shapes that nobody has any more: no cell, and
    /// no start (`started`).
    pub fn let_go(&mut self, goes: impl Fn(HostImageId) -> bool, started: impl Fn(ShapeId) -> bool) {
        let before = self.customer.executions();
        let elements: Vec<_> = self.hosts.of_lists_mut().take_out(&goes).collect();
        for (image, value, counts) in elements {
            let times = counts.iter().map(|&count| u64::from(count)).sum();
            self.customer.remove_element(value, times, true);
            let (member, field, text) = self.customer.value(value);
            let (host, _) = self.hosts.whose(image);
            if let Some(Environment { scope, .. }) = self.environments.get_mut(&self.hosts.environment(host))
            {
                let member = scope.member(self.customer.counts(member).image);
                let slot = scope.slot(member, field, text);
                scope.remove_element(slot, times, true);
            }
        }
        // In the order of their places, which is nearly that of time: what came together stands together.
        let images: Vec<HostImageId> = self.hosts.all().filter(|&image| goes(image)).collect();
        for &image in &images {
            let (host, _) = self.hosts.whose(image);
            while let Some((shape, times)) = self.hosts.take_shape(image, &self.slots) {
                self.took_out(host, image, shape, times);
            }
        }
        self.hosts.drop_images(&images, goes);
        self.sight_anew();
        self.drop_shapes(started);
        self.turned_away += before - self.customer.executions();
    }

    /// Sightings are never taken back, so that those that are left are joined anew.
    fn sight_anew(&mut self) {
        self.hosts.sight_hosts_anew();
        self.customer.forget_sightings();
        self.environments.values_mut().for_each(|environment| environment.scope.forget_sightings());
        for (host, member, seen) in self.hosts.sightings() {
            self.customer.sight(member, seen);
            if let Some(Environment { scope, .. }) = self.environments.get_mut(&self.hosts.environment(host))
            {
                let member = scope.member(self.customer.counts(member).image);
                scope.sight(member, seen);
            }
        }
        let is_left = |scope: &super::Scope| scope.executions() > 0 || scope.seen().is_ever();
        self.environments.retain(|_, environment| is_left(&environment.scope));
    }

    fn drop_shapes(&mut self, started: impl Fn(ShapeId) -> bool) {
        let mut used = vec![false; self.slots.len()];
        for shape in self.hosts.shapes() {
            if let Some(used) = used.get_mut(shape.place()) {
                *used = true;
            }
        }
        let stays = |shape: ShapeId| used.get(shape.place()) == Some(&true) || started(shape);
        self.shapes.retain(stays);
        self.environments
            .values_mut()
            .for_each(|environment| environment.slots.retain(|&shape, _| stays(shape)));
    }
}
