// Names of people and places and what they are names of: a small table of our own, for where WordNet is not installed.

const list = (words: string): string[] => words.trim().split(/\s*,\s*/);

const KINDS: Readonly<Record<string, string>> = {
  country:
    'france, germany, italy, spain, portugal, england, scotland, ireland, wales, norway, sweden, finland, denmark, iceland, poland, austria, switzerland, belgium, netherlands, greece, turkey, russia, ukraine, china, japan, korea, india, pakistan, thailand, vietnam, indonesia, malaysia, philippines, australia, new zealand, egypt, morocco, kenya, nigeria, south africa, brazil, argentina, chile, peru, mexico, canada, cuba, united states, united kingdom, usa, uk',
  city: 'london, paris, berlin, rome, madrid, barcelona, lisbon, vienna, prague, amsterdam, brussels, athens, istanbul, moscow, beijing, shanghai, tokyo, kyoto, osaka, seoul, delhi, mumbai, bangkok, singapore, hong kong, sydney, melbourne, cairo, new york, los angeles, san francisco, chicago, boston, seattle, miami, las vegas, washington, toronto, vancouver, mexico city, rio de janeiro, venice, florence, milan, munich, hamburg, zurich, geneva, dublin, edinburgh, oslo, stockholm, copenhagen, budapest, warsaw',
  'us state':
    'california, texas, florida, alaska, arizona, colorado, hawaii, nevada, oregon, utah, virginia, georgia, ohio, michigan, illinois, massachusetts, pennsylvania, minnesota, wisconsin',
  continent: 'europe, asia, africa, america, antarctica',
  river: 'thames, seine, rhine, danube, nile, amazon, mississippi, ganges',
  'mountain range': 'alps, himalayas, andes, rockies, pyrenees',
  holiday: 'christmas, easter, halloween, thanksgiving, hanukkah, ramadan, diwali',
};

/** What a name in small letters is a name of, such as `city`. */
export const NAME_KINDS: ReadonlyMap<string, string> = new Map(
  Object.entries(KINDS).flatMap(([kind, names]) => list(names).map((name) => [name, kind] as const)),
);

/** Given names, in small letters. */
export const GIVEN_NAMES: ReadonlySet<string> = new Set(
  list(
    'james, john, robert, michael, william, david, richard, joseph, thomas, charles, daniel, matthew, anthony, mark, paul, steven, andrew, kenneth, george, joshua, kevin, brian, edward, ronald, timothy, jason, jeffrey, ryan, jacob, gary, nicholas, eric, jonathan, stephen, larry, justin, scott, brandon, benjamin, samuel, frank, gregory, raymond, alexander, patrick, jack, dennis, jerry, tyler, aaron, henry, peter, adam, nathan, harry, oliver, leo, lucas, mary, patricia, jennifer, linda, elizabeth, barbara, susan, jessica, sarah, karen, lisa, nancy, betty, margaret, sandra, ashley, kimberly, emily, donna, michelle, carol, amanda, melissa, deborah, stephanie, rebecca, laura, sharon, cynthia, kathleen, amy, angela, anna, emma, olivia, sophia, isabella, mia, charlotte, harper, evelyn, julia, maria, helen, diana, kate, alice, lucy, jane, tom, bob, bill, jim, joe, mike, dave, steve, chris, alex, sam, ben, dan, nick, tony, taylor, harrison, brad, angelina, leonardo, barack, donald, hillary, vladimir, elvis, marilyn, madonna',
  ),
);
