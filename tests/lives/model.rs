//! What a learner's life comes to, as plainly as it can be said.

/// What happens in a learner's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    EnrollByStaff,
    EnrollByClass,
    Buy,
    Subscribe,
    Pause,
    Refund,
    LeaveClass,
    LeaveSchool,
    Return,
    Expire,
    Renew,
    Complete,
    DeleteCourse,
    Restore,
    Erase,
}

impl Event {
    pub(crate) const ALL: [Self; 15] = [
        Self::EnrollByStaff,
        Self::EnrollByClass,
        Self::Buy,
        Self::Subscribe,
        Self::Pause,
        Self::Refund,
        Self::LeaveClass,
        Self::LeaveSchool,
        Self::Return,
        Self::Expire,
        Self::Renew,
        Self::Complete,
        Self::DeleteCourse,
        Self::Restore,
        Self::Erase,
    ];
}

/// For how many days staff enroll or renew, and a plan is paid.
pub(crate) const STAFF_DAYS: i64 = 100;
pub(crate) const PERIOD_DAYS: i64 = 30;
/// How long nothing happens where all that can expire does.
pub(crate) const LONG: i64 = 400;

/// The learner's membership.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Member {
    #[default]
    Present,
    Left,
    Erased,
}

/// The learner's subscription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Subscription {
    #[default]
    None,
    /// Paid until that day.
    Paid(i64),
    /// Paused on a day, and paid until another.
    Paused,
}

/// Where the enrollment stands, apart from the rights that it rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Enrolled {
    #[default]
    Never,
    Learning,
    Done,
    /// Taken out: what was bought or given since opens the course again.
    Out,
}

/// How far the learner is in the course: whether all is done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    day: i64,
    member: Member,
    is_deleted: bool,
    /// Until which day staff let the learner learn.
    staff: Option<i64>,
    in_class: bool,
    /// How many purchases there are that were not refunded.
    bought: u32,
    subscription: Subscription,
    enrolled: Enrolled,
    pub(crate) progress: bool,
}

impl Model {
    /// Whether the learner may open the lesson: present, in a course that is there, by any right.
    pub(crate) fn has_access(&self) -> bool {
        self.member == Member::Present && !self.is_deleted && (self.by_staff() || self.by_others())
    }

    /// Whether the learner has a seat in the course and in the class. Who is done needs none, and in
    /// a deleted course seats are not counted.
    pub(crate) fn seats(&self) -> (bool, bool) {
        (self.enrolled == Enrolled::Learning && !self.is_deleted, self.in_class)
    }

    /// Whether an event may come at all: no one who was erased buys something or comes back.
    pub(crate) fn may_meet(&self, event: Event) -> bool {
        let by_person = [Event::Return, Event::Erase, Event::Subscribe, Event::Buy];
        self.member != Member::Erased || !by_person.contains(&event)
    }

    fn by_staff(&self) -> bool {
        self.staff.is_some_and(|until| self.day < until)
    }

    fn by_others(&self) -> bool {
        let subscribed = matches!(self.subscription, Subscription::Paid(until) if self.day < until);
        self.in_class || self.bought > 0 || subscribed
    }

    /// What an event changes; whether it may happen at all.
    pub(crate) fn apply(&mut self, event: Event) -> bool {
        let allowed = self.meet(event);
        let rests = self.subscription == Subscription::Paused;
        let is_by_nothing = !self.by_staff() && !self.by_others() && !rests;
        if self.enrolled == Enrolled::Learning && is_by_nothing {
            self.enrolled = Enrolled::Out;
        }
        allowed
    }

    fn meet(&mut self, event: Event) -> bool {
        self.day += 1;
        let is_present = self.member == Member::Present;
        let is_there = is_present && !self.is_deleted;
        match event {
            Event::EnrollByStaff => {
                let allowed = is_there && (!self.by_staff() || self.enrolled == Enrolled::Out);
                if allowed {
                    self.staff = Some(self.day + STAFF_DAYS);
                    self.enroll();
                }
                allowed
            }
            Event::EnrollByClass => {
                let allowed = is_there && !self.in_class;
                if allowed {
                    self.in_class = true;
                    self.enroll();
                }
                allowed
            }
            // Nothing is sold to a person who has left.
            Event::Buy => {
                let allowed = is_there;
                if allowed {
                    self.bought += 1;
                    self.enroll();
                }
                allowed
            }
            Event::Subscribe => {
                let allowed = is_present && !self.is_subscribed();
                if allowed {
                    self.subscription = Subscription::Paid(self.day + PERIOD_DAYS);
                    self.enroll();
                }
                allowed
            }
            Event::Pause => {
                let allowed = match self.subscription {
                    Subscription::Paid(until) => self.day < until,
                    Subscription::Paused => true,
                    Subscription::None => false,
                };
                if allowed {
                    self.subscription = Subscription::Paused;
                }
                allowed
            }
            Event::Refund => {
                let allowed = self.bought > 0;
                if allowed {
                    self.bought -= 1;
                }
                allowed
            }
            Event::LeaveClass => std::mem::take(&mut self.in_class),
            Event::LeaveSchool => {
                if is_present {
                    self.member = Member::Left;
                    self.take_out();
                }
                is_present
            }
            Event::Return => {
                let allowed = self.member == Member::Left;
                if allowed {
                    self.member = Member::Present;
                }
                allowed
            }
            Event::Expire => {
                self.day += LONG;
                self.subscription = Subscription::None;
                true
            }
            Event::Renew => {
                let allowed = is_there && self.enrolled != Enrolled::Never;
                if allowed {
                    self.staff = Some(self.day + STAFF_DAYS);
                    self.enroll();
                }
                allowed
            }
            Event::Complete => {
                let allowed = self.has_access();
                if allowed {
                    self.progress = true;
                    self.enrolled = Enrolled::Done;
                }
                allowed
            }
            Event::DeleteCourse => !std::mem::replace(&mut self.is_deleted, true),
            Event::Restore => std::mem::take(&mut self.is_deleted),
            Event::Erase => {
                self.member = Member::Erased;
                self.take_out();
                true
            }
        }
    }

    const fn is_subscribed(&self) -> bool {
        !matches!(self.subscription, Subscription::None)
    }

    /// One more right: who is done stays done.
    fn enroll(&mut self) {
        let is_there = self.member == Member::Present && !self.is_deleted;
        if self.enrolled != Enrolled::Done && is_there {
            self.enrolled = Enrolled::Learning;
        }
    }

    /// Classes end with the membership; what was bought and what staff gave wait for a return.
    fn take_out(&mut self) {
        self.in_class = false;
        if self.enrolled == Enrolled::Learning {
            self.enrolled = Enrolled::Out;
        }
    }
}
