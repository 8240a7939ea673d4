CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.feedback (
    item bytea NOT NULL,
    card character varying NOT NULL,
    issuer character varying NOT NULL,
    service character varying NOT NULL,
    outcome character varying NOT NULL,
    suggestions json NOT NULL,
    reason_system character varying NOT NULL,
    reason_code character varying NOT NULL,
    commented boolean NOT NULL,
    once_per_reader boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    received timestamp with time zone NOT NULL
);
CREATE TABLE public.secret (
    name character varying NOT NULL,
    value bytea NOT NULL
);
CREATE TABLE public.shown (
    card character varying NOT NULL,
    issuer character varying NOT NULL,
    reader bytea NOT NULL,
    service character varying NOT NULL,
    hook character varying NOT NULL,
    audience character varying NOT NULL,
    rules json NOT NULL,
    topics json NOT NULL,
    verdict character varying NOT NULL,
    suggestions json NOT NULL,
    knowledge character varying NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE TABLE public.shown_fingerprint (
    fingerprint bytea NOT NULL,
    card character varying NOT NULL,
    issuer character varying NOT NULL
);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.feedback VALUES ('\x3fb8164110c036d29f4a3fa5f531f370c6b585f7e14f39c75ec072398a0d2d4f', '00000000-0000-0000-0000-000000000001', 'https://ehr.example.org', 'iliac-charge-review', 'overridden', '[]', '', '', false, false, '2026-03-05 12:00:00.123456+00', '2026-03-05 12:00:00.123456+00');
INSERT INTO public.feedback VALUES ('\x3afb13ea6e4e2af733b5fe7d5d040486464d963bdaae0ab4df5927c6ffa7f6ad', '00000000-0000-0000-0000-000000000002', 'https://ehr.example.org', 'iliac-charge-review', 'accepted', '["00000000-0000-0000-0000-000000000384"]', '', '', false, false, '2026-03-05 12:00:00.123456+00', '2026-03-05 12:00:00.123456+00');
INSERT INTO public.feedback VALUES ('\x81bf5b88cbb0b7d4d9756e39d48e0d1b6e810cda2ca79cf4f8d1fcd3dfb818b7', '00000000-0000-0000-0000-000000000063', 'https://ehr.example.org', 'iliac-charge-review', 'overridden', '[]', '', '', false, false, '2026-03-05 12:00:00.123456+00', '2026-03-05 12:00:00.123456+00');
INSERT INTO public.secret VALUES ('seal', '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
INSERT INTO public.shown VALUES ('00000000-0000-0000-0000-000000000001', 'https://ehr.example.org', '\x7272727272727272727272727272727272727272727272727272727272727272', 'iliac-charge-review', 'org.iliac-cds.charge-review', 'coding', '["R-LESION", "R-PAIR"]', '["missing-line"]', 'yes', '["00000000-0000-0000-0000-000000000384"]', '2026.2', '2026-03-05 12:00:00.123456+00');
INSERT INTO public.shown VALUES ('00000000-0000-0000-0000-000000000002', 'https://ehr.example.org', '\x7272727272727272727272727272727272727272727272727272727272727272', 'iliac-charge-review', 'org.iliac-cds.charge-review', 'coding', '["R-LESION", "R-PAIR"]', '["missing-line"]', 'yes', '["00000000-0000-0000-0000-000000000384"]', '2026.2', '2026-03-05 12:00:00.123456+00');
INSERT INTO public.shown VALUES ('00000000-0000-0000-0000-000000000003', 'https://ehr.example.org', '\x7272727272727272727272727272727272727272727272727272727272727272', 'iliac-charge-review', 'org.iliac-cds.charge-review', 'coding', '["R-LESION", "R-PAIR"]', '["missing-line"]', 'yes', '["00000000-0000-0000-0000-000000000384"]', '2026.2', '2026-03-05 12:00:00.123456+00');
INSERT INTO public.shown_fingerprint VALUES ('\x6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f', '00000000-0000-0000-0000-000000000001', 'https://ehr.example.org');
INSERT INTO public.shown_fingerprint VALUES ('\x6161616161616161616161616161616161616161616161616161616161616161', '00000000-0000-0000-0000-000000000002', 'https://ehr.example.org');
INSERT INTO public.shown_fingerprint VALUES ('\x7373737373737373737373737373737373737373737373737373737373737373', '00000000-0000-0000-0000-000000000003', 'https://ehr.example.org');
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (item);
ALTER TABLE ONLY public.secret
    ADD CONSTRAINT secret_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.shown_fingerprint
    ADD CONSTRAINT shown_fingerprint_pkey PRIMARY KEY (fingerprint, card, issuer);
ALTER TABLE ONLY public.shown
    ADD CONSTRAINT shown_pkey PRIMARY KEY (card, issuer);
CREATE INDEX feedback_card ON public.feedback USING btree (card, issuer);
CREATE INDEX feedback_received ON public.feedback USING btree (received);
CREATE INDEX shown_at ON public.shown USING btree (at);
