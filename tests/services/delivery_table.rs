//! Who may call the services of delivery.
use lms::{delivery::*, kernel::Points};

use crate::{
    table::{Service, check},
    world::{World, title},
};

fn join(w: &World) -> JoinClass {
    JoinClass { class: ClassChoice::Id(w.things().class.id), student_id: w.other.id() }
}

fn leave(w: &World) -> LeaveClass {
    LeaveClass { class_id: w.things().class.id, student_id: w.learner.id(), is_removal: true }
}

fn class(w: &World) -> CreateClass {
    let org_unit_id = Some(w.north.id);
    let course = w.courses().published.id;
    CreateClass { org_unit_id, ..CreateClass::offline(course, title("Mornings"), "Room 2") }
}

fn session(w: &World) -> PlanSession {
    PlanSession {
        class_id: Some(w.things().class.id),
        ..PlanSession::new(w.teacher.id(), title("More"), w.hour(48))
    }
}

fn moved(w: &World) -> ChangeSession {
    ChangeSession {
        session_id: w.things().session.id,
        range: w.hour(72),
        room_id: None,
        host_id: w.teacher.id(),
        clash_policy: ClashPolicy::Refuse,
    }
}

fn series(w: &World) -> PlanSeries {
    let class = &w.things().class;
    PlanSeries {
        class_id: Some(class.id),
        course_id: None,
        org_unit_id: None,
        host_id: w.teacher.id(),
        room_id: None,
        title: title("Evenings"),
        meeting: None,
        timing: class.schedule.as_ref().unwrap().timing().unwrap(),
        until: "2025-04-10T00:00:00Z".parse().unwrap(),
        clash_policy: ClashPolicy::Allow,
    }
}

fn bands() -> Vec<(Points, Points)> {
    vec![(Points::from_whole(0).unwrap(), Points::from_whole(10).unwrap())]
}

fn later() -> (lms::kernel::Timestamp, ClashPolicy) {
    ("2025-05-01T00:00:00Z".parse().unwrap(), ClashPolicy::Allow)
}

pub(crate) fn rows() -> Vec<Service> {
    let mut rows = programs();
    rows.extend(classes());
    rows.extend(sessions());
    rows
}

fn programs() -> Vec<Service> {
    services! { |w, cx|
        create_program[CreateProgram::new(title("C"))] by Admin, not ALL, Own;
        edit_program[EditProgram { program_id: w.things().spare_program.id, changes: vec![ProgramChange::InOrder(true)] }]
            by Admin, not ALL, Missing;
        move_program[MoveProgram { program_id: w.things().spare_program.id, parent_id: Some(w.things().program.id) }]
            by Admin, not ALL, Missing;
        delete_program[DeleteProgram { program_id: w.things().spare_program.id }] by Admin, not ALL, Missing;
        add_program_course[AddProgramCourse { program_id: w.things().spare_program.id, course_id: w.courses().published.id, position: None }]
            by Admin, not ALL, Missing;
        remove_program_course[RemoveProgramCourse { program_id: w.things().program.id, course_id: w.courses().published.id }]
            by Admin, not ALL, Missing;
        move_program_course[MoveProgramCourse { program_id: w.things().program.id, course_id: w.courses().published.id, position: 0 }]
            by Admin, not ALL, Missing;
        activate_unit_course[ActivateUnitCourse { unit_id: w.north.id, course_id: w.courses().draft.id }] by Admin, not ALL, Missing;
        deactivate_unit_course[DeactivateUnitCourse { unit_id: w.north.id, course_id: w.courses().published.id }] by Admin, not ALL, Missing;
        add_unit_student[AddUnitStudent { unit_id: w.north.id, student_id: w.other.id() }] by Admin, not ALL, Missing;
        remove_unit_student[RemoveUnitStudent { unit_id: w.north.id, student_id: w.learner.id() }] by Admin, not ALL, Missing;
        create_room[CreateRoom { unit_id: Some(w.north.id), name: title("Room 2"), capacity: None }] by Admin, not ALL, Missing;
        delete_room[DeleteRoom { room_id: w.things().room.id }] by Admin, not ALL, Missing;
    }
}

fn classes() -> Vec<Service> {
    services! { |w, cx|
        create_class[class(w)] by Admin, not ALL, Missing;
        edit_class[EditClass { class_id: w.things().class.id, changes: vec![ClassChange::Capacity(Some(9))] }]
            by Teacher, not ALL, Missing;
        change_class_status[ChangeClassStatus { class_id: w.things().class.id, event: ClassEvent::Deactivate }]
            by Teacher, not ALL, Missing;
        renew_join_code[RenewJoinCode { class_id: w.things().class.id, is_open: true }] by Teacher, not ALL, Missing;
        join_class[join(w)] by Teacher, not ALL, Missing;
        leave_class[leave(w)] by Teacher, not ALL, Missing;
        promote_waitlisted[PromoteWaitlisted { class_id: w.things().class.id }] by Teacher, not ALL, Missing;
        set_placement_bands[SetPlacementBands { class_id: w.things().class.id, bands: bands() }] by Admin, not ALL, Missing;
    }
}

fn sessions() -> Vec<Service> {
    services! { |w, cx|
        plan_session[session(w)] by Teacher, not ALL, Missing;
        find_clashes[FindClashes { session: session(w) }] by Teacher, not ALL, Missing;
        plan_series[series(w)] by Teacher, not ALL, Missing;
        schedule_class[ScheduleClass { class_id: w.things().class.id, clash_policy: ClashPolicy::Allow }] by Teacher, not ALL, Missing;
        extend_series[ExtendSeries { series_id: w.things().series.id, until: later().0, clash_policy: later().1 }] by Teacher, not ALL, Missing;
        reschedule_session[RescheduleSession { change: moved(w) }] by Teacher, not ALL, Missing;
        change_session_status[ChangeSessionStatus { session_id: w.things().session.id, event: SessionEvent::Cancel }]
            by Teacher, not ALL, Missing;
        set_recording[SetRecording { session_id: w.things().live.id, recording_url: None }] by Teacher, not ALL, Missing;
        open_meeting[OpenMeeting { session_id: w.things().session.id }] by Teacher, not ALL, Missing;
        add_participants[AddParticipants { session_id: w.things().session.id, people: vec![(w.other.id(), ParticipantRole::Observer)] }]
            by Teacher, not ALL, Missing;
        enter_session[EnterSession { session_id: w.things().live.id, person_id: w.learner.id() }] by Learner, not ALL, Missing;
        exit_session[ExitSession { session_id: w.things().live.id, person_id: w.learner.id() }] by Learner, not ALL, Missing;
        mark_attendance[MarkAttendance { session_id: w.things().live.id, person_id: w.learner.id(), status: AttendanceStatus::Excused }] by Teacher, not ALL, Missing;
    }
}

#[test]
fn who_may_is_let_and_who_may_not_is_refused() {
    crate::authority::with_room(|| check(rows()));
}
