-- learning.class_nodes: $1 tenant, $2 class, $3 nodes, $4 below which best score in each somebody
-- fell short.
SELECT p.node_id,
       count(*) AS opened,
       count(*) FILTER (WHERE p.status = 'completed') AS completed,
       count(p.best_score) AS scored,
       count(*) FILTER (WHERE p.best_score < a.least) AS short
FROM unnest($3::uuid[], $4::bigint[]) AS a (node_id, least)
JOIN lms.node_progress AS p
  ON p.tenant_id = $1 AND p.node_id = a.node_id
WHERE EXISTS (
          SELECT 1
          FROM lms.class_members AS m
          WHERE m.tenant_id = $1
            AND m.class_id = $2
            AND m.student_id = p.learner_id
            AND m.status = 'active'
            AND m.deleted_at IS NULL
      )
GROUP BY p.node_id
