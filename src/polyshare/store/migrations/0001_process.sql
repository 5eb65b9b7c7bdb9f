-- What processes share: the numbers that their ids carry, leased one by one, and the epoch that moves when credentials change.
create table process_lease (
  number {sqlite: integer}{postgres: bigint} primary key,
  holder text{postgres:  collate "C"},
  until bigint not null
);
insert into process_lease (number, holder, until)
with recursive numbers (number) as (select 0 union all select number + 1 from numbers where number < 1023)
select number, null, 0 from numbers;

create table epoch (
  id bigint primary key check (id = 1),
  number bigint not null
);
insert into epoch (id, number) values (1, 0);
