-- gpu_hour: what each GPU used in each hour (UTC). Time is cut into slots of $seconds, an hour being a whole number of
-- them. The power of a slot is the mean of its samples, rounded down to a microwatt; its energy is power x $seconds. A
-- slot without a sample makes nothing: what was used in it is not known.
-- in:  telemetry (time, host, gpu, power_w, and what of {by} it has)
-- out: gpu_hour (microjoules; slots that have a sample, the first and the last of them)
create or replace temp table gpu_hour as
with sample as (
    select {by}host, gpu, epoch_us(time) // (1000000 * $seconds) as slot_no, {microwatts} as microwatts from telemetry
),
slot as (
    select {by}host, gpu, slot_no, sum(microwatts)::bigint // count(*) as microwatts
    from sample where microwatts is not null group by {by}host, gpu, slot_no
)
select {by}host, gpu, slot_no // (3600 // $seconds) as hour_no, (sum(microwatts) * $seconds)::bigint as microjoules,
       count(*) as slots, min(slot_no) as first_slot, max(slot_no) as last_slot
from slot group by {by}host, gpu, slot_no // (3600 // $seconds)
