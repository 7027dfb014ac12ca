//! Which arm a query goes to: drawn for each query, or once for each key. Seeded; made before the clock starts.

use std::collections::HashMap;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::Arm;
use crate::dataset::{Cell, Dataset};

/// What is assigned to an arm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// Each query for itself.
    Query,
    /// Each of so many users, to whom the queries come at random.
    Users(u32),
    /// Each value of a column of the dataset.
    Column(Column),
}

impl Unit {
    /// Whether a key, such as a user, keeps its arm.
    pub fn is_key(&self) -> bool {
        !matches!(self, Self::Query)
    }
}

/// A column of the dataset whose values are keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The key of each sample.
    keys: Vec<u32>,
    /// What each key's arm is drawn from: its text, so that it does not depend on where in the file it stands.
    hashes: Vec<u64>,
}

impl Column {
    /// The keys in this column of a dataset; the names that there are if it has no such column.
    pub fn of(dataset: &Dataset, name: &str) -> Result<Self, Vec<String>> {
        let position = dataset.column(name).ok_or_else(|| dataset.columns().to_vec())?;
        let mut known: HashMap<String, u32> = HashMap::new();
        let (mut keys, mut hashes) = (Vec::with_capacity(dataset.len()), Vec::new());
        for sample in 0..dataset.len() {
            let text = match dataset.cell(sample, position) {
                Some(Cell::Number(number)) => number.to_string(),
                Some(Cell::Json(value)) => value.to_string(),
                None => String::new(),
            };
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            keys.push(*known.entry(text).or_insert_with_key(|text| {
                hashes.push(hash(text));
                next
            }));
        }
        Ok(Self { name: name.to_owned(), keys, hashes })
    }

    /// How many keys there are.
    pub fn keys(&self) -> usize {
        self.hashes.len()
    }
}

/// FNV-1a: short, and the same on every machine and in every version.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Draws keys and arms.
pub struct Assigner {
    unit: Unit,
    /// The share of the second arm.
    share: f64,
    seed: u64,
    arms: Pcg64Mcg,
    users: Pcg64Mcg,
}

impl Assigner {
    /// `share` of the units go to the second arm.
    pub fn new(unit: Unit, share: f64, seed: u64) -> Self {
        let generator = |concern: &str| Pcg64Mcg::seed_from_u64(seed ^ hash(concern));
        Self { unit, share, seed, arms: generator("arms"), users: generator("users") }
    }

    /// The key of the next query, which asks about this sample first, and its arm. Where each query is assigned for itself, all
    /// have the key 0.
    pub fn next(&mut self, sample: usize) -> (u32, Arm) {
        match &self.unit {
            Unit::Query => (0, pick(&mut self.arms, self.share)),
            Unit::Users(users) => {
                let user = self.users.random_range(0..(*users).max(1));
                (user, self.arm_of(u64::from(user)))
            }
            Unit::Column(column) => {
                let key = column.keys.get(sample % column.keys.len().max(1)).copied().unwrap_or(0);
                (key, self.arm_of(column.hashes.get(key as usize).copied().unwrap_or(0)))
            }
        }
    }

    /// The arm of a key: the same whenever it comes.
    fn arm_of(&self, key: u64) -> Arm {
        let mut random = Pcg64Mcg::seed_from_u64(self.seed ^ key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29));
        pick(&mut random, self.share)
    }
}

fn pick(random: &mut Pcg64Mcg, share: f64) -> Arm {
    if random.random::<f64>() < share { Arm::B } else { Arm::A }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_b(assigner: &mut Assigner, queries: usize) -> usize {
        (0..queries).filter(|&sample| assigner.next(sample).1 == Arm::B).count()
    }

    #[test]
    fn each_query_is_drawn_with_the_share_and_the_seed_fixes_all() {
        let drawn = |seed| of_b(&mut Assigner::new(Unit::Query, 0.1, seed), 10_000);
        // The standard deviation is 30.
        assert!((850..1150).contains(&drawn(1)), "{}", drawn(1));
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
    }

    #[test]
    fn a_user_always_meets_the_same_arm() {
        let mut assigner = Assigner::new(Unit::Users(50), 0.5, 3);
        let mut arms: HashMap<u32, Arm> = HashMap::new();
        for sample in 0..5000 {
            let (user, arm) = assigner.next(sample);
            assert_eq!(*arms.entry(user).or_insert(arm), arm);
        }
        assert_eq!(arms.len(), 50);
        let b = arms.values().filter(|&&arm| arm == Arm::B).count();
        assert!((10..40).contains(&b), "{b}");
    }

    #[test]
    fn the_arm_of_a_key_is_that_of_its_text_wherever_it_stands() {
        let read = |text: &str| Dataset::from_csv(text.as_bytes()).unwrap();
        let (one, other) = (read("user,x\n7,1\n8,2\n7,3\n9,4\n"), read("user,x\n9,4\n8,2\n7,1\n"));
        let arms = |data: &Dataset, samples: &[usize]| -> Vec<Arm> {
            let column = Column::of(data, "user").unwrap();
            assert_eq!(column.keys(), 3);
            let mut assigner = Assigner::new(Unit::Column(column), 0.5, 11);
            samples.iter().map(|&sample| assigner.next(sample).1).collect()
        };
        assert_eq!(arms(&one, &[0, 2, 1, 3]), arms(&other, &[2, 2, 1, 0]));
        assert_eq!(Column::of(&one, "usr").unwrap_err(), ["user", "x"]);
    }
}
