import type { HopLook } from "../hop.ts";
import type { Source } from "./source.ts";

export const prometheusHop: HopLook<Source> = {
  hop: "prometheus",
  async see(source) {
    const prometheus = await source.prometheus();
    if (!prometheus) {
      return {
        object: "",
        state: "absent",
        saw: { en: "there is no Prometheus", ko: "Prometheus가 없습니다" },
      };
    }
    await prometheus.now();
    return {
      object: `Service ${prometheus.name}`,
      state: "ok",
      saw: { en: "answers", ko: "응답함" },
    };
  },
  causes: [],
};
