//! Areas of a picture, and the spots that learners mark on it.

use serde::{Deserialize, Serialize};

use crate::{question::Choice, scoring::PartsRule};
use lms_kernel::{Id, Ratio};

/// A place on a picture: pixels of the picture at its own size, from its upper left corner.
///
/// A host that shows the picture larger or smaller converts, and rounds to whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Place {
    /// Pixels to the right of the left edge.
    pub x: i32,
    /// Pixels below the upper edge.
    pub y: i32,
}

impl Place {
    /// The furthest that a place of a key may lie from the corner, in pixels.
    pub const MOST: i32 = 1_000_000;

    /// A place by its pixels from the left and from above.
    pub const fn new(x: i32, y: i32) -> Self {
        Self { x, y }
    }

    /// Whether a key may name it.
    pub(crate) const fn is_near(self) -> bool {
        self.x.unsigned_abs() <= Self::MOST.unsigned_abs()
            && self.y.unsigned_abs() <= Self::MOST.unsigned_abs()
    }
}

/// A place that a learner marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Spot {
    /// The place.
    pub at: Place,
    /// The marker that was put there; none in a hotspot question, whose spots are all alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<Id<Choice>>,
}

impl Spot {
    /// A spot without a marker.
    pub const fn new(x: i32, y: i32) -> Self {
        Self { at: Place::new(x, y), marker: None }
    }

    /// A marker at a place.
    pub const fn marked(marker: Id<Choice>, x: i32, y: i32) -> Self {
        Self { at: Place::new(x, y), marker: Some(marker) }
    }
}

/// The shape of an area. Its edge belongs to it (QTI, `shape` and `coords` of `areaMapEntry`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "shape")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Shape {
    /// All places no further from the centre than the radius.
    Circle {
        /// The centre.
        centre: Place,
        /// The radius, in pixels.
        radius: u32,
    },
    /// All places between two opposite corners, given in any order.
    Rectangle {
        /// A corner.
        from: Place,
        /// The corner opposite to it.
        to: Place,
    },
    /// All places inside a closed line and on it. A line that crosses itself leaves out what it
    /// goes around an even number of times.
    Polygon {
        /// The corners, in order; the last is joined to the first.
        corners: Vec<Place>,
    },
}

impl Shape {
    /// The most corners of a polygon.
    pub const MAX_CORNERS: usize = 200;

    /// Whether a place lies in the shape or on its edge, exactly.
    ///
    /// ```
    /// use lms_assessment::question::{Place, Shape};
    ///
    /// let circle = Shape::Circle { centre: Place::new(0, 0), radius: 5 };
    /// assert!(circle.contains(Place::new(3, 4)) && !circle.contains(Place::new(4, 4)));
    /// ```
    pub fn contains(&self, place: Place) -> bool {
        let (x, y) = (i128::from(place.x), i128::from(place.y));
        match self {
            Self::Circle { centre, radius } => {
                let (dx, dy) = (x - i128::from(centre.x), y - i128::from(centre.y));
                let radius = i128::from(*radius);
                dx * dx + dy * dy <= radius * radius
            }
            Self::Rectangle { from, to } => {
                (from.x.min(to.x)..=from.x.max(to.x)).contains(&place.x)
                    && (from.y.min(to.y)..=from.y.max(to.y)).contains(&place.y)
            }
            Self::Polygon { corners } => is_inside(corners, place),
        }
    }
}

/// By the even–odd rule: whether a line from the place to the right crosses an odd number of sides.
fn is_inside(corners: &[Place], place: Place) -> bool {
    let next = corners.iter().cycle().skip(1);
    let mut is_inside = false;
    for (a, b) in corners.iter().zip(next) {
        let (ax, ay) = (i128::from(a.x), i128::from(a.y));
        let (bx, by) = (i128::from(b.x), i128::from(b.y));
        let (x, y) = (i128::from(place.x), i128::from(place.y));
        // Twice the area of the triangle: zero where the three lie on one line.
        let turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
        let is_between = ax.min(bx) <= x && x <= ax.max(bx) && ay.min(by) <= y && y <= ay.max(by);
        if turn == 0 && is_between {
            return true;
        }
        let crosses = (ay > y) != (by > y);
        if crosses && (turn > 0) == (by > ay) {
            is_inside = !is_inside;
        }
    }
    is_inside
}

/// An area of the picture, which is one part of the question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Area {
    /// Where it is.
    pub shape: Shape,
    /// The marker that belongs in it; none in a hotspot question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<Id<Choice>>,
    /// Its worth beside the others, above zero.
    #[serde(default = "one")]
    pub weight: Ratio,
}

const fn one() -> Ratio {
    Ratio::ONE
}

impl Area {
    /// An area to be marked, worth as much as the others.
    pub const fn new(shape: Shape) -> Self {
        Self { shape, marker: None, weight: Ratio::ONE }
    }

    /// The same area for one marker.
    #[must_use]
    pub const fn for_marker(mut self, marker: Id<Choice>) -> Self {
        self.marker = Some(marker);
        self
    }
}

/// The areas of a picture to be marked. The markers are the question's options.
///
/// Each area is one part, and one spot hits at most one area: the first of the key that it lies in
/// and that no earlier spot has hit. Every other spot is a wrong one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SpotsKey {
    /// The areas.
    pub areas: Vec<Area>,
    /// The most spots that a learner may mark; by default as many as there are areas. An answer
    /// with more earns nothing, like two options where one is to be chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u16>,
    /// How the areas make a score; by default as the scoring rules say for matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<PartsRule>,
}

impl SpotsKey {
    /// The most corners of all areas of a question together.
    pub const MAX_CORNERS: usize = 2_000;

    /// Areas that the scoring rules make a score of.
    pub const fn new(areas: Vec<Area>) -> Self {
        Self { areas, most: None, rule: None }
    }

    /// The most spots of an answer.
    pub fn most(&self) -> usize {
        self.most.map_or(self.areas.len(), usize::from)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn polygon(corners: &[(i32, i32)]) -> Shape {
        Shape::Polygon { corners: corners.iter().map(|(x, y)| Place::new(*x, *y)).collect() }
    }

    #[test]
    fn edges_belong_to_their_area() {
        let at = Place::new;
        let circle = Shape::Circle { centre: at(10, 10), radius: 5 };
        assert!(circle.contains(at(13, 14)) && circle.contains(at(15, 10)));
        assert!(!circle.contains(at(14, 14)));
        let rectangle = Shape::Rectangle { from: at(9, 9), to: at(-3, 2) };
        for (x, y, inside) in [(9, 9, true), (-3, 2, true), (0, 5, true), (10, 9, false)] {
            assert_eq!(rectangle.contains(at(x, y)), inside, "{x} {y}");
        }
        // An L: the corner that is cut out lies outside.
        let bent = polygon(&[(0, 0), (10, 0), (10, 4), (4, 4), (4, 10), (0, 10)]);
        for (x, y, inside) in [
            (2, 2, true),
            (9, 2, true),
            (2, 9, true),
            (8, 8, false),
            (4, 4, true),
            (4, 7, true),
            (10, 0, true),
            (5, 5, false),
            (11, 2, false),
            (-1, 0, false),
            (12, 0, false),
        ] {
            assert_eq!(bent.contains(at(x, y)), inside, "{x} {y}");
        }
        let star = polygon(&[(0, -10), (6, 8), (-10, -3), (10, -3), (-6, 8)]);
        assert!(!star.contains(at(0, 0)) && star.contains(at(0, -6)));
    }

    #[test]
    fn shapes_without_extent_and_far_places_are_no_fault() {
        let far = Place::new(i32::MIN, i32::MAX);
        let point = Shape::Circle { centre: far, radius: 0 };
        assert!(point.contains(far) && !point.contains(Place::new(0, 0)));
        let all = Shape::Circle { centre: far, radius: u32::MAX };
        assert!(!all.contains(Place::new(i32::MAX, i32::MIN)));
        assert!(!polygon(&[]).contains(far));
        assert!(polygon(&[(1, 1)]).contains(Place::new(1, 1)));
        assert!(polygon(&[(0, 0), (2, 2)]).contains(Place::new(1, 1)));
    }

    proptest! {
        #[test]
        fn a_rectangle_is_a_polygon(
            (ax, ay, bx, by) in (-20_i32..20, -20_i32..20, -20_i32..20, -20_i32..20),
            (x, y) in (-25_i32..25, -25_i32..25),
        ) {
            let rectangle = Shape::Rectangle { from: Place::new(ax, ay), to: Place::new(bx, by) };
            let corners = polygon(&[(ax, ay), (bx, ay), (bx, by), (ax, by)]);
            let place = Place::new(x, y);
            prop_assert_eq!(rectangle.contains(place), corners.contains(place));
        }
    }
}
