-- raw_resolved: each distinct combination given (raw_key), with its place resolved: the row's own, else the
-- facility's at that date. The market of an instrument is the facility's, or the country's where there is none.
-- in:  raw_key, country_market (data/countries.csv)
-- out: raw_resolved (raw_no and the columns of choice_key)
create or replace temp table raw_resolved as
with version as (
    select * from facility
    qualify row_number() over (partition by facility_id, valid_from order by batch_no desc, seq desc) = 1
),
at_date as (
    select r.raw_no, f.country, f.grid_region, f.market_boundary
    from raw_key r join version f on f.facility_id = r.facility_id and not f.withdrawn
    -- the version in force; before the first one, the first
    qualify row_number() over (
        partition by r.raw_no
        order by f.valid_from > last_day(r.month), case when f.valid_from > last_day(r.month) then f.valid_from end,
                 f.valid_from desc) = 1
),
supplied as (select distinct supplier from emission_factor where supplier is not null)
select r.raw_no, r.activity_type, r.classification_code, r.kind, r.unit_given,
       coalesce(r.calorific_basis, 'na') as calorific_basis,
       coalesce(r.country, a.country) as country,
       coalesce(r.grid_region, case when r.country is null or r.country = a.country then a.grid_region end) as grid_region,
       coalesce(case when r.country is null or r.country = a.country then a.market_boundary end,
                m.market_boundary, r.country) as market_boundary,
       r.cloud_provider, r.cloud_region, r.month,
       case when r.supplier in (select supplier from supplied) then r.supplier end as supplier,
       r.contract_id, r.factor_id, r.currency, r.price_year, r.price_basis, r.tax_included, r.capitalised,
       coalesce(r.direction, 'consumed') as direction, r.product, r.stated_scope, r.stated_scope3_category,
       r.stated_method, r.energy_boundary
from raw_key r left join at_date a using (raw_no) left join country_market m on m.country = r.country
