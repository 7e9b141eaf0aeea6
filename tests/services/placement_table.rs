//! Who may call the services of placement: into classes of a group, in the north.
use std::collections::BTreeMap;

use lms::{
    assessment::placement::*,
    delivery::{ClassGroup, ClassMode, PlacementBand},
    kernel::{Points, Slug},
};

use crate::{
    exam_table::points,
    table::Service,
    world::{World, title},
};

/// Two groups, each with a class for beginners and one for advanced learners.
pub(crate) struct Placed {
    /// The class of the second group that the learner was not placed in.
    beginners: ClassGroup,
}

impl Placed {
    /// The learner is placed in the second group, and not in the first.
    pub(crate) async fn make(world: &World) -> Self {
        world.classes("english").await;
        let beginners = world.classes("french").await;
        let command = place(world, "french");
        let decision = act!(world.store, world.system, |tx| tx.run(command)).unwrap();
        assert_eq!(decision.status, PlacementStatus::Placed);
        Self { beginners }
    }
}

impl World {
    /// The classes of a group, which the teacher teaches; gives the one for beginners.
    async fn classes(&self, group: &str) -> ClassGroup {
        let [beginners, advanced] = ["Beginners", "Advanced"].map(|level| {
            let (course, name) = (self.courses().published.id, format!("{group} {level}"));
            let mut class = ClassGroup::new(&self.system, course, title(&name), ClassMode::Online);
            class.level = Some(level.to_owned());
            class.placement_group = Some(slug(group));
            class.org_unit_id = Some(self.north.id);
            class.teacher_id = Some(self.teacher.id());
            class
        });
        for (class, (from, to)) in [(&beginners, ("0", "50")), (&advanced, ("50", "100"))] {
            self.keep(class).await;
            self.keep(&PlacementBand::new(&self.system, class.id, points(from), points(to))).await;
        }
        beginners
    }
}

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

fn profile(w: &World) -> PlacementProfile {
    let score: Points = points("70");
    let score = MeasureScore::new(slug("total"), score, w.system.now());
    PlacementProfile::new(w.learner.id(), vec![score], w.system.now())
}

fn place(w: &World, group: &str) -> PlaceLearner {
    PlaceLearner {
        group: slug(group),
        profile: profile(w),
        attempt_id: None,
        measure: slug("total"),
        policy: PlacementPolicy::default(),
    }
}

pub(crate) fn rows() -> Vec<Service> {
    services! { |w, cx|
        place_learner[place(w, "english")] by Admin, not ALL, Missing;
        place_learners[PlaceLearners {
            group: slug("english"),
            learners: vec![LearnerToPlace { profile: profile(w), attempt_id: None }],
            order: ServiceOrder::Listed,
            measure: slug("total"),
            policy: PlacementPolicy::default(),
        }] by Admin, not ALL, Missing;
        override_placement[OverridePlacement {
            learner_id: w.learner.id(),
            group: slug("french"),
            to: OverrideTarget::Class(w.placed().beginners.id),
            reason: "with her sister".to_owned(),
            measure: slug("total"),
            policy: PlacementPolicy::default(),
        }] by Admin, not ALL, Missing;
        exempt_learner[ExemptLearner {
            learner_id: w.learner.id(),
            group: slug("french"),
            exemption: Exemption::FromClasses { reason: "speaks it at home".to_owned() },
            measure: slug("total"),
            policy: PlacementPolicy::default(),
        }] by Admin, not ALL, Missing;
        preview_placement[PreviewPlacement {
            group: slug("french"),
            measure: slug("total"),
            current: PlacementPolicy::default(),
            proposed: PlacementPolicy::default(),
            proposed_bands: BTreeMap::new(),
        }] by Admin, not ALL, Own;
        view_placement[ViewPlacement { learner_id: w.learner.id(), group: slug("french") }]
            by Learner, not ALL, Own;
    }
}
