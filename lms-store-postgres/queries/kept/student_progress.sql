-- learning.student_progress from what is kept: $1 tenant, $2 unit or null.
SELECT learner_id, active_courses, completed_courses, mean_progress, lessons_completed,
       activities_completed, time_spent_seconds, last_activity_at
FROM lms.student_progress
WHERE tenant_id = $1 AND ($2::uuid IS NULL OR org_unit_id = $2)
ORDER BY learner_id
