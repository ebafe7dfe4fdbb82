-- +goose Up
-- Providers report what became of a digest by its id.
CREATE INDEX deliveries_digest ON deliveries (digest) WHERE digest <> '';
