-- moments: mean, variance and third central moment of each labelled sum, exact for independent errors of activities
-- and errors of factors that every row with the factor shares. With A the cells' and F the factors' relative errors,
-- sum - mean = sum(A x kg of cell) + sum(F x kg of factor) + sum(A x F x kg of both).
-- in:  cell, cell_line, factor_line, covered
-- out: rows of (label, kg, whole, partly, all, mean, variance, third)
with of_cell as (
    select l.label, l.cell, sum(l.kg) as kg from cell_line l group by all
),
alone as (
    select o.label, sum(c.s2 * pow(o.kg, 2)) as variance, sum(c.s3 * pow(o.kg, 3)) as third
    from of_cell o join cell c using (cell) group by 1
),
shared as (
    select label, sum(variance * pow(kg, 2)) as variance, sum(third * pow(kg, 3)) as third
    from factor_line where variance is not null group by 1
),
crossed as (
    select l.label, sum(c.s2 * l.factor_variance * pow(l.kg, 2)) as variance,
           sum(6 * c.s2 * l.factor_variance * o.kg * f.kg * l.kg + 3 * c.s3 * l.factor_variance * o.kg * pow(l.kg, 2)
               + 3 * c.s2 * l.factor_third * f.kg * pow(l.kg, 2) + c.s3 * l.factor_third * pow(l.kg, 3)) as third
    from cell_line l
    join cell c using (cell)
    join of_cell o on o.label = l.label and o.cell = l.cell
    join factor_line f on f.label = l.label and f.factor_id = l.factor_id
    where l.factor_variance is not null group by 1
),
known as (
    select label, sum(whole_kg + partly_kg) as kg, sum(abs(whole_kg)) as whole, sum(abs(partly_kg)) as partly,
           sum(abs(kg)) as every
    from covered group by 1
),
mean as (select label, sum(kg) as mean from factor_line group by 1)
select k.label, k.kg, k.whole, k.partly, k.every, m.mean,
       coalesce(a.variance, 0) + coalesce(s.variance, 0) + coalesce(c.variance, 0) as variance,
       coalesce(a.third, 0) + coalesce(s.third, 0) + coalesce(c.third, 0) as third
from known k
join mean m using (label)
left join alone a using (label)
left join shared s using (label)
left join crossed c using (label)
order by 1
