/** What every input of a described field carries. */
export interface Common {
  id: string;
  'aria-describedby': string;
  'aria-invalid': boolean;
}
