/** The value of a JSON column: MariaDB keeps it as text, MySQL hands it over parsed. */
export function jsonOf<T>(column: unknown): T {
  return (typeof column === "string" ? JSON.parse(column) : column) as T;
}
