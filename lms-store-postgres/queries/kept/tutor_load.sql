-- delivery.tutor_load from what is kept: $1 tenant, $2 unit or null, $3 and $4 midnights (UTC).
WITH classes AS (
    SELECT tutor_id, active_classes, students
    FROM lms.tutor_classes
    WHERE tenant_id = $1 AND unit_id = coalesce($2, $1)
), held AS (
    SELECT tutor_id, sum(sessions)::bigint AS sessions, sum(minutes)::bigint AS minutes
    FROM lms.tutor_sessions
    WHERE tenant_id = $1
      AND ($2::uuid IS NULL OR unit_id = $2)
      AND first_day < ($4::timestamptz AT TIME ZONE 'UTC')::date
      AND last_day >= ($3::timestamptz AT TIME ZONE 'UTC')::date
    GROUP BY tutor_id
)
SELECT tutor_id,
       coalesce(active_classes, 0) AS active_classes,
       coalesce(students, 0) AS students,
       coalesce(sessions, 0) AS sessions,
       coalesce(minutes, 0) AS minutes
FROM classes FULL JOIN held USING (tutor_id)
ORDER BY tutor_id
