-- learning.student_progress: $1 tenant, $2 unit or null.
WITH enrolled AS (
    SELECT e.learner_id,
           count(*) FILTER (WHERE e.status <> 'completed') AS active_courses,
           count(*) FILTER (WHERE e.status = 'completed') AS completed_courses,
           -- Half up, as the mean of whole numbers that are not negative.
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
SELECT learner_id,
       coalesce(active_courses, 0) AS active_courses,
       coalesce(completed_courses, 0) AS completed_courses,
       coalesce(mean_progress, 0) AS mean_progress,
       coalesce(lessons_completed, 0) AS lessons_completed,
       coalesce(activities_completed, 0) AS activities_completed,
       coalesce(time_spent_seconds, 0) AS time_spent_seconds,
       last_activity_at
FROM enrolled FULL JOIN active USING (learner_id)
WHERE $2::uuid IS NULL
   OR EXISTS (
          SELECT 1
          FROM lms.memberships AS m
          WHERE m.tenant_id = $1
            AND m.id = learner_id
            AND m.org_unit_id = $2
            AND m.deleted_at IS NULL
      )
ORDER BY learner_id
