//! Choosing among the classes of a design, and why the others were not chosen.
use std::cmp::Ordering;

use crate::placement::{
    ClassId, ClassOption, ClassVerdict, NotPlaced, PlacementDesign, PlacementOutcome,
    PlacementProfile, Preference, Rejection, ScoreBand, WhenFull,
    level::{Scores, score_of},
};
use lms_kernel::{Timestamp, Title};

/// How many learners each class still takes, in the order of the design.
#[derive(Clone, Debug)]
pub(super) struct Seats {
    left: Vec<Option<u32>>,
    waiting: Vec<u32>,
}

impl Seats {
    pub(super) fn of(classes: &[ClassOption]) -> Self {
        Self {
            left: classes.iter().map(|class| class.seats_left).collect(),
            waiting: classes.iter().map(|class| class.waitlist_left).collect(),
        }
    }

    /// Any number counts as the greatest.
    fn left(&self, at: usize) -> u32 {
        self.left.get(at).map_or(0, |left| left.unwrap_or(u32::MAX))
    }

    fn may_wait(&self, at: usize) -> bool {
        self.waiting.get(at).is_some_and(|left| *left > 0)
    }

    /// Takes what an outcome takes.
    pub(super) fn take(&mut self, at: usize, outcome: &PlacementOutcome) {
        match outcome {
            PlacementOutcome::Placed { .. } => {
                if let Some(Some(left)) = self.left.get_mut(at) {
                    *left = left.saturating_sub(1);
                }
            }
            PlacementOutcome::Waitlisted { .. } => {
                if let Some(left) = self.waiting.get_mut(at) {
                    *left = left.saturating_sub(1);
                }
            }
            _ => {}
        }
    }
}

/// Which classes a learner may be placed in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'p> {
    /// Those whose bands contain the score.
    Bands,
    /// Those of this level whose bands, if they have any, contain the score.
    Scored(&'p Title),
    /// Those of this level.
    Level(&'p Title),
    /// This one.
    Class(ClassId),
}

/// The choice among classes.
pub(super) struct Choice<'c> {
    pub(super) design: &'c PlacementDesign,
    pub(super) seats: &'c Seats,
    pub(super) profile: &'c PlacementProfile,
    pub(super) scores: &'c Scores<'c>,
    pub(super) target: Target<'c>,
}

impl Choice<'_> {
    /// The outcome for the learner, and the position of the chosen class in the design.
    pub(super) fn outcome(&self) -> (PlacementOutcome, Option<usize>) {
        let suitable: Vec<usize> =
            (0..self.design.classes().len()).filter(|at| self.suits(*at)).collect();
        if let Some((at, class)) = self.first(&suitable, |at| self.seats.left(at) > 0) {
            let (class, level) = (class.class, class.level.clone());
            return (PlacementOutcome::Placed { class, level }, Some(at));
        }
        if self.design.policy().when_full == WhenFull::Waitlist
            && let Some((at, class)) = self.first(&suitable, |at| self.seats.may_wait(at))
        {
            let (class, level) = (class.class, class.level.clone());
            return (PlacementOutcome::Waitlisted { class, level }, Some(at));
        }
        let reason = if suitable.is_empty() { NotPlaced::NoClass } else { NotPlaced::AllFull };
        (PlacementOutcome::NotPlaced { reason }, None)
    }

    /// The class that comes first of those that `may` be taken.
    fn first(
        &self,
        suitable: &[usize],
        may: impl Fn(usize) -> bool,
    ) -> Option<(usize, &ClassOption)> {
        let at =
            suitable.iter().copied().filter(|at| may(*at)).min_by(|a, b| self.compare(*a, *b).1)?;
        self.design.classes().get(at).map(|class| (at, class))
    }

    /// Which of two classes comes first, and by which key.
    fn compare(&self, a: usize, b: usize) -> (Option<Preference>, Ordering) {
        for by in &self.design.policy().order {
            let order = self.key(a, *by).cmp(&self.key(b, *by));
            if order != Ordering::Equal {
                return (Some(*by), order);
            }
        }
        let id = |at: usize| self.design.classes().get(at).map(|class| class.class);
        (None, id(a).cmp(&id(b)))
    }

    /// What a class has under a key; the least comes first.
    fn key(&self, at: usize, by: Preference) -> i64 {
        let Some(class) = self.design.classes().get(at) else { return i64::MAX };
        let place =
            |found: Option<usize>| found.and_then(|at| i64::try_from(at).ok()).unwrap_or(i64::MAX);
        let level = || match self.design.policy().rank(&class.level) {
            Some(rank) => i64::try_from(rank).unwrap_or(i64::MAX),
            None => class.bands.iter().map(|it| it.band.from.ten_thousandths()).min().unwrap_or(0),
        };
        match by {
            Preference::WishedBranch => {
                place(self.profile.branches.iter().position(|it| Some(*it) == class.branch))
            }
            Preference::WishedMode => {
                place(self.profile.modes.iter().position(|it| *it == class.mode))
            }
            Preference::MostSeats => -i64::from(self.seats.left(at)),
            Preference::FewestSeats => i64::from(self.seats.left(at)),
            Preference::StartsFirst => class.starts_at.map_or(i64::MAX, Timestamp::micros),
            Preference::LowestLevel => level(),
            Preference::HighestLevel => level().saturating_neg(),
            Preference::Listed => place(Some(at)),
        }
    }

    fn suits(&self, at: usize) -> bool {
        let mut suits = true;
        self.check(at, &mut |_| {
            suits = false;
            true
        });
        suits
    }

    /// Every class but the chosen one, with all its reasons.
    pub(super) fn verdicts(&self, chosen: Option<usize>) -> Vec<ClassVerdict> {
        let classes = self.design.classes().iter().enumerate();
        classes
            .filter(|(at, _)| Some(*at) != chosen)
            .map(|(at, class)| ClassVerdict {
                class: class.class,
                reasons: self.reasons(at, chosen),
            })
            .collect()
    }

    fn reasons(&self, at: usize, chosen: Option<usize>) -> Vec<Rejection> {
        let mut reasons = Vec::new();
        self.check(at, &mut |make| {
            reasons.push(make());
            false
        });
        if self.seats.left(at) == 0 {
            reasons.push(Rejection::Full);
        }
        if reasons.is_empty()
            && let Some(first) = chosen
            && let Some(class) = self.design.classes().get(first)
        {
            let by = self.compare(first, at).0;
            reasons.push(Rejection::ComesAfter { first: class.class, by });
        }
        reasons
    }

    /// Tells `found` every reason against a class but a lack of seats, until it says stop.
    fn check(&self, at: usize, found: &mut dyn FnMut(&dyn Fn() -> Rejection) -> bool) {
        let Some(class) = self.design.classes().get(at) else { return };
        if let Target::Class(wanted) = self.target {
            if wanted != class.class {
                found(&|| Rejection::NotTheOneDecided);
            }
            return;
        }
        let _ = self.check_level(class, found)
            || self.check_bands(at, found)
            || self.check_skills(class, found)
            || self.check_wishes(class, found);
    }

    fn check_level(
        &self,
        class: &ClassOption,
        found: &mut dyn FnMut(&dyn Fn() -> Rejection) -> bool,
    ) -> bool {
        if self.profile.group.is_some()
            && self.profile.group != class.group
            && found(&|| Rejection::OtherGroup)
        {
            return true;
        }
        match self.target {
            Target::Scored(wanted) | Target::Level(wanted) if *wanted != class.level => {
                found(&|| Rejection::OtherLevel {
                    level: class.level.clone(),
                    wanted: wanted.clone(),
                })
            }
            _ => false,
        }
    }

    fn check_bands(
        &self,
        at: usize,
        found: &mut dyn FnMut(&dyn Fn() -> Rejection) -> bool,
    ) -> bool {
        if matches!(self.target, Target::Level(_) | Target::Class(_)) {
            return false;
        }
        let mut bands = self.design.bands_of(at).peekable();
        let Some((first, _)) = bands.peek() else {
            // Without bands a class suits by its level, which only a table can tell.
            let by_level = matches!(self.target, Target::Scored(_));
            return !by_level && found(&|| Rejection::NoBands);
        };
        let measure = &first.measure;
        let inside = self.design.bands_of(at).any(|(it, span)| {
            score_of(self.scores, &it.measure).is_some_and(|score| span.contains(score))
        });
        !inside
            && found(&|| {
                let of_measure =
                    |(it, _): (&super::ClassBand, _)| (it.measure == *measure).then_some(it.band);
                let bands: Vec<ScoreBand> =
                    self.design.bands_of(at).filter_map(of_measure).collect();
                let (measure, score) = (measure.clone(), score_of(self.scores, measure));
                Rejection::OutsideBands { measure, score, bands }
            })
    }

    fn check_skills(
        &self,
        class: &ClassOption,
        found: &mut dyn FnMut(&dyn Fn() -> Rejection) -> bool,
    ) -> bool {
        // A level that a table gave has met its minimums already; a person may waive them.
        if !matches!(self.target, Target::Bands) {
            return false;
        }
        let minimums = self.design.policy().minimums.iter();
        for it in minimums.filter(|it| it.level == class.level) {
            let score = score_of(self.scores, &it.skill);
            if score.is_none_or(|score| score < it.least)
                && found(&|| Rejection::SkillShort {
                    skill: it.skill.clone(),
                    score,
                    least: it.least,
                })
            {
                return true;
            }
        }
        false
    }

    fn check_wishes(
        &self,
        class: &ClassOption,
        found: &mut dyn FnMut(&dyn Fn() -> Rejection) -> bool,
    ) -> bool {
        let profile = self.profile;
        let branch_suits = profile.branches.is_empty()
            || class.branch.is_none_or(|branch| profile.branches.contains(&branch));
        if !branch_suits && found(&|| Rejection::OtherBranch) {
            return true;
        }
        let mode_suits = profile.modes.is_empty() || profile.modes.contains(&class.mode);
        if !mode_suits && found(&|| Rejection::OtherMode { mode: class.mode }) {
            return true;
        }
        for meets in &class.schedule {
            if let Some(busy) = profile.busy.iter().find(|busy| busy.overlaps(meets))
                && found(&|| Rejection::Clash { meets: *meets, busy: *busy })
            {
                return true;
            }
        }
        false
    }
}
