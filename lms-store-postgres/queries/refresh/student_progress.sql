-- $1 tenant. What is gone is removed, what is there replaced, in one statement's view of the rows.
WITH enrolled AS (
    SELECT e.learner_id,
           count(*) FILTER (WHERE e.status <> 'completed') AS active_courses,
           count(*) FILTER (WHERE e.status = 'completed') AS completed_courses,
           div(2 * sum(e.progress) + count(*), 2 * count(*))::bigint AS mean_progress
    FROM lms.enrollments AS e
    WHERE e.tenant_id = $1
      AND e.deleted_at IS NULL
      AND e.status IN ('active', 'suspended', 'completed')
    GROUP BY e.learner_id
), active AS (
    SELECT s.learner_id, s.lessons_completed, s.activities_completed, s.time_spent_seconds,
           s.last_activity_at
    FROM lms.learner_stats AS s
    WHERE s.tenant_id = $1
)
INSERT INTO lms.student_progress
    (tenant_id, learner_id, org_unit_id, active_courses, completed_courses, mean_progress,
     lessons_completed, activities_completed, time_spent_seconds, last_activity_at)
SELECT $1, learner_id, m.org_unit_id, coalesce(active_courses, 0),
       coalesce(completed_courses, 0), coalesce(mean_progress, 0),
       coalesce(lessons_completed, 0), coalesce(activities_completed, 0),
       coalesce(time_spent_seconds, 0), last_activity_at
FROM enrolled
FULL JOIN active USING (learner_id)
LEFT JOIN lms.memberships AS m
  ON m.tenant_id = $1 AND m.id = learner_id AND m.deleted_at IS NULL
