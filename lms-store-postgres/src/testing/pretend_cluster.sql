-- What this library sees of Citus, on one server: the calls that move tables write down where to,
-- and refuse what Citus refuses. Nothing is moved.
SET allow_system_table_mods = on;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
VALUES (99999, 'citus', 10, 'public'::regnamespace, false, '13');

CREATE TABLE public.pg_dist_partition (
    logicalrelid regclass PRIMARY KEY,
    partmethod "char" NOT NULL,
    repmodel "char" NOT NULL,
    together TEXT
);
-- Tables whose move fails, or is passed over without a word.
CREATE TABLE public.troubles (named regclass PRIMARY KEY, silent BOOLEAN NOT NULL);
GRANT ALL ON public.pg_dist_partition, public.troubles TO PUBLIC;

CREATE FUNCTION public.may_move(named regclass) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
BEGIN
    IF current_query() LIKE '%;%' THEN
        RAISE EXCEPTION 'cannot insert multiple commands into a prepared statement'
            USING ERRCODE = '42601';
    END IF;
    IF (SELECT relforcerowsecurity FROM pg_class WHERE oid = named) THEN
        RAISE EXCEPTION 'the policies of % hide its rows from who moves them', named;
    END IF;
    IF EXISTS (SELECT FROM public.troubles AS t WHERE t.named = may_move.named AND NOT silent) THEN
        RAISE EXCEPTION 'no node is left for %', named;
    END IF;
    RETURN NOT EXISTS (SELECT FROM public.troubles AS t WHERE t.named = may_move.named);
END $$;

-- The tables that a table is tied to by references, itself among them.
CREATE FUNCTION public.tied_to(named regclass) RETURNS SETOF regclass LANGUAGE sql AS $$
    WITH RECURSIVE tied (named) AS (
        SELECT named::oid
        UNION
        SELECT CASE WHEN c.conrelid = tied.named THEN c.confrelid ELSE c.conrelid END
        FROM tied JOIN pg_constraint AS c
          ON c.contype = 'f' AND tied.named IN (c.conrelid, c.confrelid)
    )
    SELECT tied.named::regclass FROM tied
$$;

CREATE FUNCTION public.add_to_metadata(named regclass, method "char", model "char", together TEXT)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    other regclass;
BEGIN
    IF NOT public.may_move(named) THEN
        RETURN;
    END IF;
    IF current_setting('citus.enable_local_reference_table_foreign_keys', true) <> 'off'
       OR current_setting('citus.multi_shard_modify_mode', true) <> 'sequential' THEN
        RAISE EXCEPTION 'tables that refer to % would stay on the coordinator', named;
    END IF;
    IF EXISTS (SELECT FROM public.pg_dist_partition WHERE logicalrelid = named) THEN
        RAISE EXCEPTION 'table % is already distributed', named;
    END IF;
    SELECT confrelid::regclass INTO other FROM pg_constraint
    WHERE contype = 'f' AND conrelid = named AND confrelid <> conrelid
      AND NOT EXISTS (
          SELECT FROM public.pg_dist_partition
          WHERE logicalrelid = confrelid AND (partmethod = 'h' AND method = 'h' OR repmodel = 't')
      );
    IF other IS NOT NULL THEN
        RAISE EXCEPTION '% refers to %, which is of another kind', named, other;
    END IF;
    INSERT INTO public.pg_dist_partition VALUES (named, method, model, together);
END $$;

CREATE FUNCTION public.create_reference_table(named regclass) RETURNS void LANGUAGE sql AS
$$ SELECT public.add_to_metadata(named, 'n', 't', NULL) $$;

CREATE FUNCTION public.create_distributed_table(named regclass, by TEXT, colocate_with TEXT)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    ASSERT by = 'tenant_id', by;
    ASSERT colocate_with = 'none' OR (
        SELECT partmethod FROM public.pg_dist_partition
        WHERE logicalrelid = colocate_with::regclass
    ) = 'h', colocate_with;
    PERFORM public.add_to_metadata(named, 'h', 's', colocate_with);
END $$;

CREATE FUNCTION public.citus_add_local_table_to_metadata(
    named regclass, cascade_via_foreign_keys BOOLEAN
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT public.may_move(named) THEN
        RETURN;
    END IF;
    IF EXISTS (
        SELECT FROM public.tied_to(named) AS t JOIN public.pg_dist_partition ON logicalrelid = t
        WHERE partmethod = 'h'
    ) THEN
        RAISE EXCEPTION '% is tied to a distributed table', named;
    END IF;
    INSERT INTO public.pg_dist_partition
    SELECT t, 'n', 's' FROM public.tied_to(named) AS t ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION public.undistribute_table(named regclass, cascade_via_foreign_keys BOOLEAN)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT public.may_move(named) THEN
        RETURN;
    END IF;
    ASSERT cascade_via_foreign_keys;
    DELETE FROM public.pg_dist_partition WHERE logicalrelid IN (SELECT public.tied_to(named));
END $$;
