-- By which upload a version came: who sends the last piece again, because its answer was lost, then hears that all is well.
-- Null for those that came otherwise, and for the first version of a file: it has the id of its upload.
alter table version add column upload bigint;
create index version_by_upload on version (upload) where upload is not null;
