// The server's time in the site's zone: the device's own clock may be wrong.

import { keep, recall } from "./prefs.js";

export class Clock {
  constructor(time, date, zone, now) {
    Object.assign(this, { time, date });
    // A plain "en" would be the American way, with am and pm.
    const { lang } = document.documentElement;
    const locale = lang === "en" ? "en-GB" : lang;
    const style = (options) => new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
    // As the server writes times: a greeting's stands on the same screen.
    this.hours = style({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.day = style({ weekday: "long", day: "numeric", month: "long" });
    // A page that the device kept tells when it was made; how far the clocks differ does not change so soon.
    const before = Number(recall("ahead", "NaN"));
    this.ahead = Number.isFinite(before) ? before : Date.parse(now) - Date.now();
    this.show();
    setInterval(() => this.show(), 1000);
  }

  /** Set by the server's time, an ISO string. */
  set(now) {
    this.ahead = Date.parse(now) - Date.now();
    keep("ahead", String(this.ahead));
    this.show();
  }

  show() {
    const now = new Date(Date.now() + this.ahead);
    this.time.textContent = this.hours.format(now);
    this.time.dateTime = now.toISOString();
    this.date.textContent = this.day.format(now);
  }
}
