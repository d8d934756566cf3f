/** What the shaders of city and plants need to know of sky, air and what stands around. */
import type { ReliefUniforms } from './relief';
import type { AirUniforms } from './sky';

export type Surroundings = AirUniforms & ReliefUniforms;
