/**
 * How well two kinds of things can be told apart by how long they take: the chance that one taken at random of the second
 * kind took longer than one of the first. 0.5 = not at all, 0 or 1 = each time.
 */
export function chanceToTellApart(first: readonly number[], second: readonly number[]): number {
  let longer = 0;
  for (const one of first) for (const other of second) longer += other > one ? 1 : other === one ? 0.5 : 0;
  return longer / (first.length * second.length);
}

/** How far from 0.5 that chance may be when both kinds take alike: five standard deviations (Mann and Whitney). */
export function chanceTolerance(firstCount: number, secondCount: number): number {
  return 5 * Math.sqrt((firstCount + secondCount + 1) / (12 * firstCount * secondCount));
}
