-- instrument_lot: the instruments that may be used, each with the whole millionths of a kWh that it has left.
-- in:  instrument_state
-- out: instrument_lot
create or replace temp table instrument_lot as
select instrument_id, replace(kwh::varchar, '.', '')::hugeint as left_micro from instrument_state
where len(rejected_for) = 0
