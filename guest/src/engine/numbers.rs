//! Numbers of things that stand in an array of their own: each kind is a type, so that none is taken for
//! another. Never zero, so that an absent one takes no more room.

/// Makes such a type.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::num::NonZeroU32);

        #[allow(dead_code, reason = "not every kind is asked for everything")]
        impl $name {
            /// The one at a place, from 0.
            #[must_use]
            pub fn at(place: usize) -> Self {
                let number = u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1);
                Self(std::num::NonZeroU32::new(number).unwrap_or(std::num::NonZeroU32::MAX))
            }

            /// Its place, from 0.
            #[must_use]
            pub fn place(self) -> usize {
                self.0.get() as usize - 1
            }

            /// For hashing.
            #[must_use]
            pub fn number(self) -> u32 {
                self.0.get()
            }
        }
    };
}

pub(super) use number;
