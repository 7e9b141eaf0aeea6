//! The level that a learner's scores give.
use crate::placement::{
    BandMeaning, BandTable, LevelRule, MeasureScore, NotPlaced, PlacementPolicy, PlacementProfile,
    ScoreBand, Shortfall, SittingChoice, Step,
};
use lms_kernel::{Points, Ratio, Slug, Timestamp, Title};

/// The scores that count, one for each measure.
pub(super) type Scores<'p> = Vec<(&'p Slug, Points)>;

/// Where steps are noted, if anyone wants to know.
pub(super) type Trace<'t> = Option<&'t mut Vec<Step>>;

/// What the scores say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LevelDecision<'p> {
    /// The classes' own bands decide.
    ByClassBands,
    /// This level, by rank.
    Level(usize),
    /// No class.
    Exempt(&'p str),
    /// Another test.
    TakeTest(&'p str),
    /// A score is missing.
    NeedsMeasure(&'p Slug),
    /// None.
    NotPlaced(NotPlaced),
}

fn note(trace: &mut Trace<'_>, step: impl FnOnce() -> Step) {
    if let Some(steps) = trace {
        steps.push(step());
    }
}

/// The score of a measure.
pub(super) fn score_of(scores: &Scores<'_>, measure: &Slug) -> Option<Points> {
    scores.iter().find(|(it, _)| *it == measure).map(|(_, score)| *score)
}

/// The scores that count at `now`: not expired, one sitting each, less what "I don't know" costs.
pub(super) fn counting_scores<'p>(
    policy: &PlacementPolicy,
    profile: &'p PlacementProfile,
    now: Timestamp,
    mut trace: Trace<'_>,
) -> Scores<'p> {
    let mut chosen: Vec<(&'p MeasureScore, usize)> = Vec::with_capacity(profile.scores.len());
    for it in &profile.scores {
        if let Some(days) = policy.expires_after_days
            && now.since(it.taken_at).num_days() >= i64::from(days)
        {
            note(&mut trace, || Step::Expired {
                measure: it.measure.clone(),
                taken_at: it.taken_at,
                after_days: days,
            });
            continue;
        }
        match chosen.iter_mut().find(|(other, _)| other.measure == it.measure) {
            None => chosen.push((it, 1)),
            Some((other, sittings)) => {
                *sittings += 1;
                let better = match policy.sitting {
                    SittingChoice::Latest => {
                        (it.taken_at, it.score) > (other.taken_at, other.score)
                    }
                    SittingChoice::Best => (it.score, it.taken_at) > (other.score, other.taken_at),
                };
                if better {
                    *other = it;
                }
            }
        }
    }
    let mut scores = Vec::with_capacity(chosen.len());
    for (it, sittings) in chosen {
        if sittings > 1 {
            let (measure, score) = (it.measure.clone(), it.score);
            note(&mut trace, || Step::Sitting { measure, score, sittings });
        }
        scores.push((&it.measure, less_unsure(policy, it, &mut trace)));
    }
    scores
}

fn less_unsure(policy: &PlacementPolicy, it: &MeasureScore, trace: &mut Trace<'_>) -> Points {
    let Some(rule) = policy.unsure else { return it.score };
    let beyond = i64::from(it.unsure.saturating_sub(rule.allowed));
    let off = rule.deduction.ten_thousandths().max(0).saturating_mul(beyond);
    if off == 0 {
        return it.score;
    }
    let score = it.score.ten_thousandths();
    let to = Points::from_ten_thousandths(score.saturating_sub(off).max(score.min(0)));
    note(trace, || Step::Deducted {
        measure: it.measure.clone(),
        unsure: it.unsure,
        from: it.score,
        to,
    });
    to
}

/// Reads the scores as a policy says.
pub(super) struct LevelReader<'p> {
    pub(super) policy: &'p PlacementPolicy,
    pub(super) scores: &'p Scores<'p>,
}

impl<'p> LevelReader<'p> {
    /// The level, skill minimums included.
    pub(super) fn decide(&self, mut trace: Trace<'_>) -> LevelDecision<'p> {
        let decision = match &self.policy.level_rule {
            LevelRule::ClassBands => LevelDecision::ByClassBands,
            LevelRule::First { measures } => self.first(measures, &mut trace),
            LevelRule::Best { measures } => self.best(measures, &mut trace),
            LevelRule::Average { measures, read_as, round } => {
                match self.mean(measures, &mut trace) {
                    Err(missing) => LevelDecision::NeedsMeasure(missing),
                    Ok(mean) => match mean.and_then(|mean| round.apply(mean).ok()) {
                        None => LevelDecision::NotPlaced(NotPlaced::NoScore),
                        Some(mean) => {
                            note(&mut trace, || Step::Averaged {
                                measures: measures.clone(),
                                mean,
                            });
                            self.read(read_as, mean, 0, &mut trace)
                        }
                    },
                }
            }
            LevelRule::Veto { main, vetoes } => self.veto(main, vetoes, &mut trace),
        };
        match decision {
            LevelDecision::Level(rank) => self.with_minimums(rank, &mut trace),
            other => other,
        }
    }

    fn first(&self, measures: &'p [Slug], trace: &mut Trace<'_>) -> LevelDecision<'p> {
        for measure in measures {
            match score_of(self.scores, measure) {
                Some(score) => return self.read(measure, score, 0, trace),
                None => note(trace, || Step::Missing { measure: measure.clone() }),
            }
        }
        LevelDecision::NotPlaced(NotPlaced::NoScore)
    }

    fn best(&self, measures: &'p [Slug], trace: &mut Trace<'_>) -> LevelDecision<'p> {
        let mut best = LevelDecision::NotPlaced(NotPlaced::NoScore);
        for measure in measures {
            let Some(score) = score_of(self.scores, measure) else {
                note(trace, || Step::Missing { measure: measure.clone() });
                continue;
            };
            let found = self.read(measure, score, 0, trace);
            if promise(&found) > promise(&best) {
                best = found;
            }
        }
        best
    }

    /// The mean, or the first measure that is missing.
    fn mean(&self, measures: &'p [Slug], trace: &mut Trace<'_>) -> Result<Option<Ratio>, &'p Slug> {
        let mut sum = Some(Ratio::ZERO);
        for measure in measures {
            let Some(score) = score_of(self.scores, measure) else {
                note(trace, || Step::Missing { measure: measure.clone() });
                return Err(measure);
            };
            sum = sum.and_then(|sum| sum.add(Ratio::from(score)).ok());
        }
        let count = i64::try_from(measures.len()).unwrap_or(i64::MAX);
        Ok(sum.and_then(|sum| sum.div(Ratio::from(count)).ok()))
    }

    fn veto(&self, main: &'p Slug, vetoes: &'p [Slug], trace: &mut Trace<'_>) -> LevelDecision<'p> {
        let mut rank = match self.measured(main, trace) {
            LevelDecision::Level(rank) => rank,
            other => return other,
        };
        for measure in vetoes {
            match self.measured(measure, trace) {
                LevelDecision::Level(allowed) if allowed < rank => {
                    if let (Some(from), Some(to)) = (self.level(rank), self.level(allowed)) {
                        let measure = measure.clone();
                        note(trace, || Step::Vetoed {
                            measure,
                            from: from.clone(),
                            to: to.clone(),
                        });
                    }
                    rank = allowed;
                }
                LevelDecision::Level(_) => {}
                other => return other,
            }
        }
        LevelDecision::Level(rank)
    }

    /// What a measure says that must be there.
    fn measured(&self, measure: &'p Slug, trace: &mut Trace<'_>) -> LevelDecision<'p> {
        match score_of(self.scores, measure) {
            Some(score) => self.read(measure, score, 0, trace),
            None => {
                note(trace, || Step::Missing { measure: measure.clone() });
                LevelDecision::NeedsMeasure(measure)
            }
        }
    }

    fn read(
        &self,
        measure: &'p Slug,
        score: Points,
        depth: usize,
        trace: &mut Trace<'_>,
    ) -> LevelDecision<'p> {
        if depth > self.policy.tables.len() {
            let measure = measure.clone();
            return LevelDecision::NotPlaced(NotPlaced::CircularMeasures { measure });
        }
        let band = self.policy.table(measure).and_then(|table: &BandTable| table.band_of(score));
        let Some(band) = band else {
            note(trace, || Step::InNoBand { measure: measure.clone(), score });
            return LevelDecision::NotPlaced(NotPlaced::InNoBand {
                measure: measure.clone(),
                score,
            });
        };
        note(trace, || in_band(measure, score, band.band, &band.means));
        match &band.means {
            BandMeaning::Level { level } => self.ranked(level),
            BandMeaning::LevelWithAdvice { level, test } => {
                note(trace, || Step::Advised { test: test.clone() });
                self.ranked(level)
            }
            BandMeaning::LevelIf { level, measure, least, otherwise } => {
                self.level_if((level, otherwise), measure, *least, trace)
            }
            BandMeaning::Exempt { reason } => {
                note(trace, || Step::Exempted { reason: reason.clone() });
                LevelDecision::Exempt(reason)
            }
            BandMeaning::TakeTest { test } => LevelDecision::TakeTest(test),
            BandMeaning::NoPlacement { reason } => {
                LevelDecision::NotPlaced(NotPlaced::BandSays { reason: reason.clone() })
            }
            BandMeaning::SecondMeasure { measure } => match score_of(self.scores, measure) {
                Some(score) => self.read(measure, score, depth + 1, trace),
                None => {
                    note(trace, || Step::Missing { measure: measure.clone() });
                    LevelDecision::NeedsMeasure(measure)
                }
            },
        }
    }

    fn ranked(&self, level: &Title) -> LevelDecision<'p> {
        match self.policy.rank(level) {
            Some(rank) => LevelDecision::Level(rank),
            None => LevelDecision::NotPlaced(NotPlaced::NoClass),
        }
    }

    /// One of two levels, by whether another measure is high enough.
    fn level_if(
        &self,
        (level, otherwise): (&'p Title, &'p Title),
        measure: &'p Slug,
        least: Points,
        trace: &mut Trace<'_>,
    ) -> LevelDecision<'p> {
        let Some(score) = score_of(self.scores, measure) else {
            note(trace, || Step::Missing { measure: measure.clone() });
            return LevelDecision::NeedsMeasure(measure);
        };
        let is_met = score >= least;
        note(trace, || Step::Confirmed {
            level: if is_met { level.clone() } else { otherwise.clone() },
            measure: measure.clone(),
            score,
            least,
        });
        self.ranked(if is_met { level } else { otherwise })
    }

    fn with_minimums(&self, mut rank: usize, trace: &mut Trace<'_>) -> LevelDecision<'p> {
        loop {
            let Some(level) = self.level(rank) else {
                return LevelDecision::NotPlaced(NotPlaced::SkillShort);
            };
            let mut met = true;
            for it in self.policy.minimums.iter().filter(|it| it.level == *level) {
                let score = score_of(self.scores, &it.skill);
                if score.is_none_or(|score| score < it.least) {
                    met = false;
                    note(trace, || Step::SkillShort {
                        level: level.clone(),
                        skill: it.skill.clone(),
                        score,
                        least: it.least,
                    });
                }
            }
            match (met, self.policy.shortfall, rank.checked_sub(1)) {
                (true, _, _) => return LevelDecision::Level(rank),
                (false, Shortfall::LowerLevel, Some(lower)) => rank = lower,
                (false, _, _) => return LevelDecision::NotPlaced(NotPlaced::SkillShort),
            }
        }
    }

    fn level(&self, rank: usize) -> Option<&'p Title> {
        self.policy.levels.get(rank)
    }
}

/// How much a decision promises, to take the best of several: no class needed, a level, a way to
/// one, none.
fn promise(decision: &LevelDecision<'_>) -> (u8, usize) {
    match decision {
        LevelDecision::Exempt(_) => (5, 0),
        LevelDecision::Level(rank) => (4, *rank),
        LevelDecision::NeedsMeasure(_) => (3, 0),
        LevelDecision::TakeTest(_) => (2, 0),
        LevelDecision::NotPlaced(NotPlaced::NoScore) => (0, 0),
        LevelDecision::NotPlaced(_) | LevelDecision::ByClassBands => (1, 0),
    }
}

fn in_band(measure: &Slug, score: Points, band: ScoreBand, means: &BandMeaning) -> Step {
    let means = match means {
        BandMeaning::Level { level } => format!("level {level}"),
        BandMeaning::LevelWithAdvice { level, test } => format!("level {level}, {test} advised"),
        BandMeaning::LevelIf { level, measure, least, otherwise } => {
            format!("level {level} from {measure} {least}, else level {otherwise}")
        }
        BandMeaning::Exempt { reason } => format!("exempt, {reason}"),
        BandMeaning::TakeTest { test } => format!("take {test}"),
        BandMeaning::NoPlacement { reason } => format!("no placement, {reason}"),
        BandMeaning::SecondMeasure { measure } => format!("{measure} decides"),
    };
    Step::InBand { measure: measure.clone(), score, band, means }
}
