//! Worked placements.
mod laws;

use chrono::{TimeDelta, Weekday};
use uuid::Uuid;

use super::*;
use crate::{
    conversion::RoundTo,
    placement::{
        BandMeaning, BandTable, ClassBand, ClassOption, CohortError, DesignError, DesignProblem,
        LevelBand, LevelRule, MeasureScore, PlacementOverride, PlacementPolicy, Preference,
        ScoreBand, ServiceOrder, Shortfall, SittingChoice, SkillMinimum, Standing, UnsureRule,
        WeeklySlot, WhenFull, place_cohort, what_if,
    },
};
use lms_kernel::{ActorId, Id, Points};
use lms_learning::delivery::ClassMode;

fn p(text: &str) -> Points {
    text.parse().unwrap()
}

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

fn title(text: &str) -> Title {
    text.parse().unwrap()
}

fn person<T>(number: u128) -> Id<T> {
    Id::from_uuid(Uuid::from_u128(number))
}

fn id(number: u128) -> ClassId {
    ClassId::from_uuid(Uuid::from_u128(number))
}

fn day(day: i64) -> Timestamp {
    Timestamp::EPOCH.saturating_add(TimeDelta::days(day))
}

fn learner(number: u128, scores: &[(&str, &str)]) -> PlacementProfile {
    let score =
        |(measure, score): &(&str, &str)| MeasureScore::new(slug(measure), p(score), day(0));
    PlacementProfile::new(person(number), scores.iter().map(score).collect(), day(0))
}

fn class(number: u128, level: &str, band: (&str, &str), seats: u32) -> ClassOption {
    ClassOption { waitlist_left: 9, ..ClassOption::new(id(number), title(level), seats) }
        .with_band(slug("total"), ScoreBand::new(p(band.0), p(band.1)))
}

/// A school with one class for each level, by the total of a pre-test.
fn school() -> Vec<ClassOption> {
    vec![
        class(1, "A1", ("0", "28"), 1),
        class(2, "A2", ("28", "50"), 1),
        class(3, "B1", ("50", "74"), 1),
        class(4, "B2", ("74", "100"), 1),
    ]
}

fn design(policy: PlacementPolicy, classes: Vec<ClassOption>) -> PlacementDesign {
    PlacementDesign::new(policy, classes).unwrap()
}

fn reasons(placement: &Placement, class: u128) -> Vec<String> {
    let verdict = placement.rejected.iter().find(|it| it.class == id(class)).unwrap();
    verdict.reasons.iter().map(ToString::to_string).collect()
}

#[test]
fn the_class_whose_band_has_the_score_is_chosen_and_the_others_say_why_not() {
    let design = design(PlacementPolicy::default(), school());
    for (score, expected) in [("0", 1), ("27.9999", 1), ("28", 2), ("73.5", 3), ("100", 4)] {
        let placement = place(&design, &learner(9, &[("total", score)]), day(1));
        assert_eq!(placement.class(), Some(id(expected)), "{score}");
    }
    let placement = place(&design, &learner(9, &[("total", "49.5")]), day(1));
    assert_eq!(reasons(&placement, 1), ["it takes total 0 to 28; the score is 49.5"]);
    assert_eq!(reasons(&placement, 4), ["it takes total 74 to 100; the score is 49.5"]);
    assert_eq!(placement.rejected.len(), 3);
    let outside = place(&design, &learner(9, &[("total", "100.5")]), day(1));
    assert_eq!(outside.outcome, PlacementOutcome::NotPlaced { reason: NotPlaced::NoClass });
    let unknown = place(&design, &learner(9, &[]), day(1));
    assert_eq!(unknown.outcome, PlacementOutcome::NotPlaced { reason: NotPlaced::NoScore });
}

#[test]
fn every_reason_against_a_class_is_given() {
    let slot = |day, from_minute, to_minute| WeeklySlot { day, from_minute, to_minute };
    let mut other = class(5, "B1", ("50", "74"), 0).taught(person(70), ClassMode::Offline);
    other.schedule = vec![slot(Weekday::Mon, 1020, 1110)];
    let design = design(PlacementPolicy::default(), vec![school().remove(1), other]);
    let mut profile = learner(9, &[("total", "30")]);
    profile.branches = vec![person(71)];
    profile.modes = vec![ClassMode::Online, ClassMode::Hybrid];
    profile.busy = vec![slot(Weekday::Mon, 1100, 1200)];
    let placement = place(&design, &profile, day(1));
    assert_eq!(placement.class(), Some(id(2)));
    assert_eq!(
        reasons(&placement, 5),
        [
            "it takes total 50 to 74; the score is 30",
            "it is taught in another branch",
            "it is taught offline",
            "it meets Mon 17:00 to 18:30; the learner is busy Mon 18:20 to 20:00",
            "it is full",
        ]
    );
}

#[test]
fn a_full_class_gives_way_to_the_next_of_its_level_and_then_to_the_waitlist() {
    let two = |first, second| {
        vec![class(1, "A1", ("0", "50"), first), class(2, "A1", ("0", "50"), second)]
    };
    let placed = |classes, policy: PlacementPolicy| {
        place(&design(policy, classes), &learner(9, &[("total", "10")]), day(1))
    };
    let order = vec![Preference::Listed];
    let policy = PlacementPolicy { order, ..PlacementPolicy::default() };
    let first = placed(two(1, 1), policy.clone());
    assert_eq!(first.class(), Some(id(1)));
    assert_eq!(reasons(&first, 2), ["another class comes first by listed"]);
    let second = placed(two(0, 1), policy.clone());
    assert_eq!(second.class(), Some(id(2)));
    assert_eq!(reasons(&second, 1), ["it is full"]);
    let waiting = placed(two(0, 0), policy.clone());
    let level = title("A1");
    assert_eq!(waiting.outcome, PlacementOutcome::Waitlisted { class: id(1), level });
    let refuse = PlacementPolicy { when_full: WhenFull::Refuse, ..policy.clone() };
    let refused = placed(two(0, 0), refuse);
    assert_eq!(refused.outcome, PlacementOutcome::NotPlaced { reason: NotPlaced::AllFull });
    let mut no_waiting = two(0, 0);
    no_waiting[0].waitlist_left = 0;
    let waiting = placed(no_waiting, policy);
    assert!(
        matches!(waiting.outcome, PlacementOutcome::Waitlisted { class, .. } if class == id(2))
    );
}

#[test]
fn the_declared_order_decides_among_classes_that_suit() {
    let mut near = class(1, "A1", ("0", "50"), 3).taught(person(70), ClassMode::Online);
    near.starts_at = Some(day(30));
    let mut far = class(2, "A1", ("0", "50"), 9).taught(person(71), ClassMode::Offline);
    far.starts_at = Some(day(20));
    let classes = vec![near, far];
    let mut profile = learner(9, &[("total", "10")]);
    profile.branches = vec![person(70), person(71)];
    profile.modes = vec![ClassMode::Offline, ClassMode::Online];
    for (order, expected) in [
        (vec![], 1),
        (vec![Preference::WishedBranch], 1),
        (vec![Preference::WishedMode], 2),
        (vec![Preference::MostSeats], 2),
        (vec![Preference::FewestSeats], 1),
        (vec![Preference::StartsFirst, Preference::WishedBranch], 2),
        (vec![Preference::LowestLevel, Preference::MostSeats], 2),
    ] {
        let policy = PlacementPolicy { order: order.clone(), ..PlacementPolicy::default() };
        let placement = place(&design(policy, classes.clone()), &profile, day(1));
        assert_eq!(placement.class(), Some(id(expected)), "{order:?}");
    }
}

#[test]
fn overlaps_between_levels_of_a_group_are_refused_and_gaps_are_told() {
    let mut classes = school();
    classes[1].bands[0].band.to = p("52");
    classes[3].bands[0].band.from = p("75");
    let problems = PlacementDesign::check(&PlacementPolicy::default(), &classes);
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "classes, total: scores from 50 to below 52 are both in `A2` and in `B1`",
            "classes, total: scores from 74 to below 75 are in no band",
        ]
    );
    let refused = PlacementDesign::new(PlacementPolicy::default(), classes.clone());
    assert!(matches!(refused, Err(DesignError::BadDesign { problems }) if problems.len() == 1));
    // Another ladder of levels may use the same scores.
    classes[1].group = Some(slug("evening"));
    assert!(PlacementDesign::new(PlacementPolicy::default(), classes).is_ok());
}

/// Levels by tables on two measures, with a decision zone, a routing and a refusal.
fn tables() -> PlacementPolicy {
    let zone =
        |from: &str, to: &str, means| LevelBand { band: ScoreBand::new(p(from), p(to)), means };
    let level = |from: &str, to: &str, level: &str| LevelBand::level(p(from), p(to), title(level));
    let reading = vec![
        zone("0", "10", BandMeaning::NoPlacement { reason: "see an adviser".into() }),
        level("10", "40", "Low"),
        zone("40", "50", BandMeaning::SecondMeasure { measure: slug("essay") }),
        level("50", "90", "High"),
        zone("90", "100", BandMeaning::TakeTest { test: "honours test".into() }),
    ];
    let essay = vec![level("0", "4", "Low"), level("4", "6", "Middle"), level("6", "8", "High")];
    PlacementPolicy {
        levels: ["Low", "Middle", "High"].map(title).to_vec(),
        tables: vec![
            BandTable::half_open(slug("reading"), reading).unwrap(),
            BandTable::half_open(slug("essay"), essay).unwrap(),
        ],
        level_rule: LevelRule::First { measures: vec![slug("reading"), slug("essay")] },
        ..PlacementPolicy::default()
    }
}

fn levels() -> Vec<ClassOption> {
    let class = |(at, level): (u128, &str)| ClassOption::new(id(at), title(level), 5);
    [(1, "Low"), (2, "Middle"), (3, "High")].map(class).to_vec()
}

fn level_of(policy: &PlacementPolicy, scores: &[(&str, &str)]) -> String {
    let placement = place(&design(policy.clone(), levels()), &learner(9, scores), day(1));
    match placement.outcome {
        PlacementOutcome::Placed { level, .. } => level.to_string(),
        PlacementOutcome::NeedsMeasure { measure } => format!("needs {measure}"),
        PlacementOutcome::TakeTest { test } => format!("take {test}"),
        PlacementOutcome::NotPlaced { reason } => reason.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn bands_may_lead_to_a_second_measure_another_test_or_nowhere() {
    let policy = tables();
    for (reading, essay, expected) in [
        ("39.9", None, "Low"),
        ("40", None, "needs essay"),
        ("45", Some("5"), "Middle"),
        ("49.9999", Some("8"), "High"),
        ("50", Some("0"), "High"),
        ("95", None, "take honours test"),
        ("5", None, "see an adviser"),
        ("101", None, "reading 101 is in no band"),
    ] {
        let mut scores = vec![("reading", reading)];
        scores.extend(essay.map(|score| ("essay", score)));
        assert_eq!(level_of(&policy, &scores), expected, "{reading} {essay:?}");
    }
    assert_eq!(level_of(&policy, &[("essay", "4")]), "Middle");
    assert_eq!(level_of(&policy, &[]), "there is no score that counts");
}

#[test]
fn bands_may_exempt_advise_or_ask_another_measure() {
    let band =
        |from: &str, to: &str, means| LevelBand { band: ScoreBand::new(p(from), p(to)), means };
    let total = vec![
        band("0", "40", BandMeaning::Level { level: title("Low") }),
        band(
            "40",
            "60",
            BandMeaning::LevelWithAdvice { level: title("Middle"), test: "essay".into() },
        ),
        band(
            "60",
            "80",
            BandMeaning::LevelIf {
                level: title("High"),
                measure: slug("interview"),
                least: p("3"),
                otherwise: title("Middle"),
            },
        ),
        band("80", "100", BandMeaning::Exempt { reason: "knows it all".into() }),
    ];
    let policy = PlacementPolicy {
        levels: ["Low", "Middle", "High"].map(title).to_vec(),
        tables: vec![BandTable::half_open(slug("total"), total).unwrap()],
        level_rule: LevelRule::First { measures: vec![slug("total")] },
        ..PlacementPolicy::default()
    };
    for (total, interview, expected) in [
        ("39", None, "Low"),
        ("40", None, "Middle"),
        ("60", None, "needs interview"),
        ("60", Some("3"), "High"),
        ("79", Some("2.9999"), "Middle"),
        ("80", None, "Exempt"),
    ] {
        let mut scores = vec![("total", total)];
        scores.extend(interview.map(|score| ("interview", score)));
        assert_eq!(level_of(&policy, &scores), expected, "{total} {interview:?}");
    }
    let advised = place(&design(policy.clone(), levels()), &learner(9, &[("total", "50")]), day(1));
    assert_eq!(advised.advice().collect::<Vec<_>>(), ["essay"]);
    let json = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<PlacementPolicy>(&json).unwrap(), policy);
    let unknown = PlacementPolicy { levels: ["Low", "High"].map(title).to_vec(), ..policy };
    assert!(PlacementDesign::new(unknown, levels()).is_err());
}

#[test]
fn several_measures_are_combined_as_declared() {
    let measures = vec![slug("reading"), slug("essay")];
    let with = |level_rule| PlacementPolicy { level_rule, ..tables() };
    let best = with(LevelRule::Best { measures: measures.clone() });
    assert_eq!(level_of(&best, &[("reading", "20"), ("essay", "7")]), "High");
    assert_eq!(level_of(&best, &[("reading", "60"), ("essay", "1")]), "High");
    assert_eq!(level_of(&best, &[("reading", "5"), ("essay", "1")]), "Low");
    let veto = with(LevelRule::Veto { main: slug("reading"), vetoes: vec![slug("essay")] });
    assert_eq!(level_of(&veto, &[("reading", "60"), ("essay", "5")]), "Middle");
    assert_eq!(level_of(&veto, &[("reading", "20"), ("essay", "7")]), "Low");
    assert_eq!(level_of(&veto, &[("reading", "60")]), "needs essay");
    let average = with(LevelRule::Average {
        measures: vec![slug("reading"), slug("listening")],
        read_as: slug("reading"),
        round: RoundTo::WHOLE,
    });
    assert_eq!(level_of(&average, &[("reading", "20"), ("listening", "80")]), "High");
    assert_eq!(level_of(&average, &[("reading", "20"), ("listening", "79")]), "High"); // 49.5
    assert_eq!(level_of(&average, &[("reading", "20"), ("listening", "58")]), "Low");
    assert_eq!(level_of(&average, &[("reading", "20")]), "needs listening");
}

#[test]
fn measures_that_refer_to_each_other_in_a_circle_place_nobody() {
    let to = |measure| {
        let means = BandMeaning::SecondMeasure { measure: slug(measure) };
        vec![LevelBand { band: ScoreBand::new(p("0"), p("100")), means }]
    };
    let mut policy = tables();
    policy.tables = vec![
        BandTable::half_open(slug("reading"), to("essay")).unwrap(),
        BandTable::half_open(slug("essay"), to("reading")).unwrap(),
    ];
    let found = level_of(&policy, &[("reading", "1"), ("essay", "1")]);
    assert!(found.ends_with("lead back to themselves"), "{found}");
}

#[test]
fn a_weak_skill_lowers_the_level_or_refuses() {
    let minimum = |level, least| SkillMinimum {
        level: title(level),
        skill: slug("speaking"),
        least: p(least),
    };
    let minimums = vec![minimum("High", "6"), minimum("Middle", "5"), minimum("Low", "2")];
    let mut policy = PlacementPolicy { minimums, ..tables() };
    for (speaking, expected) in [
        ("6", "High"),
        ("5.5", "Middle"),
        ("4", "Low"),
        ("1", "a skill is below what every level asks for"),
    ] {
        assert_eq!(level_of(&policy, &[("reading", "60"), ("speaking", speaking)]), expected);
    }
    policy.shortfall = Shortfall::Refuse;
    let refused = level_of(&policy, &[("reading", "60"), ("speaking", "5.5")]);
    assert_eq!(refused, "a skill is below what every level asks for");
}

#[test]
fn skill_minimums_hold_for_classes_with_bands_of_their_own() {
    let minimums =
        vec![SkillMinimum { level: title("B1"), skill: slug("writing"), least: p("12") }];
    let policy = PlacementPolicy { minimums, ..PlacementPolicy::default() };
    let design = design(policy, school());
    let weak = place(&design, &learner(9, &[("total", "60"), ("writing", "11.5")]), day(1));
    assert_eq!(reasons(&weak, 3), ["it needs writing 12; the score is 11.5"]);
    let strong = place(&design, &learner(9, &[("total", "60"), ("writing", "12")]), day(1));
    assert_eq!(strong.class(), Some(id(3)));
}

#[test]
fn old_scores_further_sittings_and_unsure_answers_count_as_declared() {
    let mut policy = PlacementPolicy {
        expires_after_days: Some(365),
        unsure: Some(UnsureRule { allowed: 2, deduction: p("1.5") }),
        ..PlacementPolicy::default()
    };
    let mut profile = learner(9, &[("total", "60"), ("total", "29"), ("total", "51")]);
    profile.scores[1].taken_at = day(400);
    profile.scores[2].taken_at = day(300);
    profile.scores[2].unsure = 3;
    let placed =
        |policy: &PlacementPolicy, now| place(&design(policy.clone(), school()), &profile, now);
    let latest = placed(&policy, day(500));
    assert_eq!(latest.class(), Some(id(2)));
    let steps: Vec<String> = latest.steps.iter().map(ToString::to_string).collect();
    assert_eq!(
        steps,
        [
            "total of 1970-01-01T00:00:00Z no longer counts: it is older than 365 days",
            "total was taken 2 times; 29 counts",
        ]
    );
    policy.sitting = SittingChoice::Best;
    let best = placed(&policy, day(500));
    assert_eq!(best.class(), Some(id(2)), "51 less 1.5 is no longer in the band from 50");
    let deducted = best.steps.last().unwrap().to_string();
    assert_eq!(deducted, "total is 49.5 instead of 51: 3 times \"I don't know\"");
    assert_eq!(placed(&policy, day(364)).class(), Some(id(3)));
    let expired = placed(&policy, day(9_999));
    assert_eq!(expired.outcome, PlacementOutcome::NotPlaced { reason: NotPlaced::NoScore });
}

#[test]
fn exemptions_and_decisions_of_people_come_before_scores() {
    let design = design(PlacementPolicy::default(), school());
    let mut profile = learner(9, &[("total", "10")]);
    let reason = || "certificate".to_owned();
    profile.exemption = Some(Exemption::FromClasses { reason: reason() });
    assert_eq!(place(&design, &profile, day(1)).outcome, PlacementOutcome::Exempt);
    profile.exemption = Some(Exemption::AtLevel { level: title("B1"), reason: reason() });
    assert_eq!(place(&design, &profile, day(1)).class(), Some(id(3)));
    let by = ActorId::from_uuid(Uuid::from_u128(50));
    let decide = |to| PlacementOverride::new(to, by, "knows the teacher").unwrap();
    profile.decided = Some(decide(OverrideTarget::Class(id(4))));
    let decided = place(&design, &profile, day(1));
    assert_eq!(decided.class(), Some(id(4)));
    assert_eq!(decided.steps, [Step::Overridden { by, reason: "knows the teacher".into() }]);
    assert_eq!(reasons(&decided, 1), ["another class was decided on"]);
    profile.decided = Some(decide(OverrideTarget::Level(title("A2"))));
    assert_eq!(place(&design, &profile, day(1)).class(), Some(id(2)));
    assert!(PlacementOverride::new(OverrideTarget::Class(id(1)), by, " ").is_err());
}

#[test]
fn a_decision_does_not_add_seats() {
    let mut classes = school();
    classes[3].seats_left = Some(0);
    let design = design(PlacementPolicy::default(), classes);
    let mut profile = learner(9, &[]);
    let by = ActorId::from_uuid(Uuid::from_u128(50));
    profile.decided =
        Some(PlacementOverride::new(OverrideTarget::Class(id(4)), by, "sibling").unwrap());
    let outcome = place(&design, &profile, day(1)).outcome;
    assert_eq!(outcome, PlacementOutcome::Waitlisted { class: id(4), level: title("B2") });
}

#[test]
fn a_cohort_is_served_in_the_declared_order() {
    let design = design(PlacementPolicy::default(), school());
    let mut early = learner(7, &[("total", "5")]);
    early.asked_at = day(-1);
    let cohort = vec![learner(3, &[("total", "12")]), learner(4, &[("total", "20")]), early];
    let winner = |order| {
        let placements = place_cohort(&design, &cohort, &order, day(1)).unwrap();
        assert_eq!(placements.iter().filter(|it| it.class().is_some()).count(), 1);
        placements[0].learner
    };
    assert_eq!(winner(ServiceOrder::Listed), person(3));
    assert_eq!(winner(ServiceOrder::AskedFirst), person(7));
    assert_eq!(winner(ServiceOrder::HighestScore { measure: slug("total") }), person(4));
    let draws: std::collections::BTreeSet<_> =
        (0..50).map(|seed| winner(ServiceOrder::Lottery { seed })).collect();
    assert_eq!(draws.len(), 3, "every learner wins some draw");
    let twice = [cohort[0].clone(), cohort[0].clone()];
    let refused = place_cohort(&design, &twice, &ServiceOrder::Listed, day(1));
    assert_eq!(refused, Err(CohortError::DuplicateLearner { learner: person(3) }));
}

#[test]
fn other_cut_scores_say_who_moves_and_where_seats_are_short() {
    let current = design(PlacementPolicy::default(), school());
    let mut classes = school();
    classes[0].bands[0].band.to = p("20");
    classes[1].bands[0].band.from = p("20");
    let proposed = design(PlacementPolicy::default(), classes);
    let cohort: Vec<_> = [("10", 1), ("22", 2), ("27", 3), ("40", 4), ("101", 5)]
        .map(|(score, at)| learner(at, &[("total", score)]))
        .to_vec();
    let found = what_if(&current, &proposed, &cohort, day(1));
    let level = |name: &str| Standing::Level { level: title(name) };
    let moved: Vec<_> = found.moves.iter().map(|it| it.learner).collect();
    assert_eq!(moved, [person(2), person(3)]);
    assert_eq!((&found.moves[0].from, &found.moves[0].to), (&level("A1"), &level("A2")));
    assert!(found.flows.contains(&(level("A1"), level("A2"), 2)));
    assert!(found.flows.contains(&(Standing::NotPlaced, Standing::NotPlaced, 1)));
    assert!(found.demand.contains(&(title("A2"), 3, 1)));
    let policy = tables();
    let by_table = design(policy.clone(), levels());
    let same = what_if(&by_table, &by_table, &[learner(1, &[("reading", "60")])], day(1));
    assert_eq!(same.flows, [(level("High"), level("High"), 1)]);
}

#[test]
fn a_design_names_what_does_not_fit_together() {
    let mut policy = tables();
    policy.levels = vec![title("Low"), title("Low"), title("High")];
    policy.tables.pop();
    let classes = vec![ClassOption::new(id(1), title("Low"), 1); 2];
    let texts: Vec<String> =
        PlacementDesign::check(&policy, &classes).iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "level `Low` is listed twice".to_owned(),
            "`essay` has no bands".to_owned(),
            format!("class {} is listed twice", id(1)),
            "there is no class for `High`".to_owned(),
        ]
    );
    assert!(!DesignProblem::NoClass { level: title("High") }.is_fatal());
}

#[test]
fn a_placement_survives_its_stored_form() {
    let design = design(PlacementPolicy::default(), school());
    let placement = place(&design, &learner(9, &[("total", "49.5")]), day(1));
    let json = serde_json::to_string(&placement).unwrap();
    assert_eq!(serde_json::from_str::<Placement>(&json).unwrap(), placement);
}
