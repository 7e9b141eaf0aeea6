//! Laws of placement, on random cohorts.
use proptest::prelude::*;

use super::*;

prop_compose! {
    fn cohorts()(
        scores in prop::collection::vec((0_i64..=100, -5_i64..5), 0..30),
        seats in prop::collection::vec(0_u32..6, 8),
        waits in prop::collection::vec(0_u32..4, 8),
    ) -> (Vec<PlacementProfile>, Vec<ClassOption>) {
        let profiles = (1_u128..).zip(&scores).map(|(at, (score, asked))| {
            let mut profile = learner(at, &[("total", &score.to_string())]);
            profile.asked_at = day(*asked);
            profile
        });
        let mut classes = school();
        classes.extend(school().into_iter().map(|class| ClassOption { class: id(class.class.uuid().as_u128() + 4), ..class }));
        for ((class, seats), wait) in classes.iter_mut().zip(seats).zip(waits) {
            class.seats_left = Some(seats);
            class.waitlist_left = wait;
        }
        (profiles.collect(), classes)
    }
}

proptest! {
    #[test]
    fn no_class_takes_more_than_its_seats_and_no_seat_stays_free_for_nothing(
        (profiles, classes) in cohorts(), seed: u64,
    ) {
        let design = design(PlacementPolicy::default(), classes.clone());
        let order = ServiceOrder::Lottery { seed };
        let placements = place_cohort(&design, &profiles, &order, day(1)).unwrap();
        prop_assert_eq!(placements.len(), profiles.len());
        for class in &classes {
            let placed = placements.iter().filter(|it| it.class() == Some(class.class)).count();
            prop_assert!(placed <= class.seats_left.unwrap() as usize);
            let waiting = placements.iter().filter(|it| {
                matches!(it.outcome, PlacementOutcome::Waitlisted { class: it, .. } if it == class.class)
            }).count();
            prop_assert!(waiting <= class.waitlist_left as usize);
            // Whoever waits, or is turned away, met a full class wherever the score fits.
            if placed < class.seats_left.unwrap() as usize {
                for it in placements.iter().filter(|it| it.class().is_none()) {
                    let profile = profiles.iter().find(|p| p.learner == it.learner).unwrap();
                    let score = profile.scores[0].score;
                    let ClassBand { band, .. } = &class.bands[0];
                    let top = band.to == p("100");
                    prop_assert!(!(band.from <= score && (score < band.to || (top && score == band.to))));
                }
            }
        }
    }

    #[test]
    fn the_order_in_which_learners_are_given_makes_no_difference(
        (profiles, classes) in cohorts(), seed: u64, turn in 0_usize..30,
    ) {
        let design = design(PlacementPolicy::default(), classes);
        let mut turned = profiles.clone();
        if !turned.is_empty() {
            let by = turn % turned.len();
            turned.rotate_left(by);
        }
        let measure = slug("total");
        for order in [ServiceOrder::AskedFirst, ServiceOrder::Lottery { seed }, ServiceOrder::HighestScore { measure }] {
            let one = place_cohort(&design, &profiles, &order, day(1)).unwrap();
            let other = place_cohort(&design, &turned, &order, day(1)).unwrap();
            prop_assert_eq!(one, other);
        }
    }

    #[test]
    fn the_what_if_agrees_with_placing_everybody((profiles, mut classes) in cohorts(), cut in 1_i64..50) {
        for class in &mut classes {
            class.seats_left = None;
        }
        let current = design(PlacementPolicy::default(), classes.clone());
        let cut = Points::from_whole(cut).unwrap();
        for class in &mut classes {
            match class.level.as_str() {
                "A1" => class.bands[0].band.to = cut,
                "A2" => class.bands[0].band.from = cut,
                _ => {}
            }
        }
        let proposed = design(PlacementPolicy::default(), classes);
        let found = what_if(&current, &proposed, &profiles, day(1));
        let level = |design: &PlacementDesign, profile| match place(design, profile, day(1)).outcome {
            PlacementOutcome::Placed { level, .. } => Standing::Level { level },
            _ => Standing::NotPlaced,
        };
        let moved: Vec<_> = profiles.iter()
            .map(|it| (it.learner, level(&current, it), level(&proposed, it)))
            .filter(|(_, from, to)| from != to)
            .collect();
        let told: Vec<_> = found.moves.into_iter().map(|it| (it.learner, it.from, it.to)).collect();
        prop_assert_eq!(told, moved);
    }
}
