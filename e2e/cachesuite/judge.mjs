// judge turns the suite's raw results into {id: {kind, result, why}}, by the suite's own rules:
// a test whose dependency did not hold says nothing, and one whose preparation failed neither.
//
//   pass, fail      required and optimal tests
//   yes, no         checks, which only gather how caches behave
//   dependency      a test it depends on did not pass
//   setup           the preparation failed
export function judge (groups, results) {
  const tests = new Map(groups.flatMap(group => group.tests).map(test => [test.id, test]))
  const judged = new Map()

  function verdict (id) {
    if (!judged.has(id)) judged.set(id, weigh(tests.get(id), results[id]))
    return judged.get(id)
  }

  function weigh (test, result) {
    const kind = test.kind ?? 'required'
    const why = result === true ? '' : result?.[1] ?? ''
    if (result === undefined) return { kind, result: 'untested', why }
    for (const dependency of test.depends_on ?? []) {
      if (!['pass', 'yes'].includes(verdict(dependency).result)) {
        return { kind, result: 'dependency', why: dependency }
      }
    }
    if (result !== true && result[0] === 'Setup') return { kind, result: 'setup', why }
    if (kind === 'check') return { kind, result: result === true ? 'yes' : 'no', why }
    return { kind, result: result === true ? 'pass' : 'fail', why }
  }

  return Object.fromEntries(Object.keys(results).sort().map(id => [id, verdict(id)]))
}
