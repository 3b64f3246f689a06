/** Why a step of a lesson's thread was ended that need not have been at fault. */
export const STARVED = "this machine had no time for it";
