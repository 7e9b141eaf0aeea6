-- $1 tenant. What is gone is removed, what is there replaced, in one statement's view of the rows.
-- The tenant is a column of the rows that are read, so that a cluster has one node do all of it.
WITH enrolled AS (
    SELECT e.tenant_id, e.learner_id,
           count(*) FILTER (WHERE e.status <> 'completed') AS active_courses,
           count(*) FILTER (WHERE e.status = 'completed') AS completed_courses,
           div(2 * sum(e.progress) + count(*), 2 * count(*))::bigint AS mean_progress
    FROM lms.enrollments AS e
    WHERE e.tenant_id = $1
      AND e.deleted_at IS NULL
      AND e.status IN ('active', 'suspended', 'completed')
    GROUP BY e.tenant_id, e.learner_id
), active AS (
    SELECT s.tenant_id, s.learner_id, s.lessons_completed, s.activities_completed,
           s.time_spent_seconds, s.last_activity_at
    FROM lms.learner_stats AS s
    WHERE s.tenant_id = $1
)
INSERT INTO lms.student_progress
    (tenant_id, learner_id, org_unit_id, active_courses, completed_courses, mean_progress,
     lessons_completed, activities_completed, time_spent_seconds, last_activity_at)
SELECT m.tenant_id, m.id, CASE WHEN m.deleted_at IS NULL THEN m.org_unit_id END,
       coalesce(e.active_courses, 0), coalesce(e.completed_courses, 0),
       coalesce(e.mean_progress, 0), coalesce(a.lessons_completed, 0),
       coalesce(a.activities_completed, 0), coalesce(a.time_spent_seconds, 0), a.last_activity_at
FROM lms.memberships AS m
LEFT JOIN enrolled AS e ON e.tenant_id = m.tenant_id AND e.learner_id = m.id
LEFT JOIN active AS a ON a.tenant_id = m.tenant_id AND a.learner_id = m.id
WHERE m.tenant_id = $1 AND (e.learner_id IS NOT NULL OR a.learner_id IS NOT NULL)
