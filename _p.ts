import process from "node:process";
const c=()=>{const u=process.cpuUsage();return (u.user+u.system)/1000};
const a=c();
const m=await import("./lib/lesson/mod.ts");const b=c();
const L=await import("./lib/lesson/load.ts"); 
const ids=await L.lessonIds();
const x=c();
const mods=await Promise.all(ids.map(id=>import(new URL(`${id}/lesson.ts`,L.LESSONS_URL).href)));
const d=c();
const s=await L.readShelf();
const e=c();
const s2=await L.readShelf();
const f=c();
console.log("mod",(b-a).toFixed(1),"ids",(x-b).toFixed(1),"lesson modules",(d-x).toFixed(1),"readShelf",(e-d).toFixed(1),"again",(f-e).toFixed(1));
Deno.exit(0)
