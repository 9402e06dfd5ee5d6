// Templates of case studies: the sections that published studies went through, each with a prompt to begin with.
/** The templates by name. Prompts are ours. */
export const CASE_TEMPLATES = {
    general: {
        name: 'general',
        title: 'What the model can do',
        after: 'A Challenger to GPT-4V? Early Explorations of Gemini in Visual Expertise (Fu et al. 2023)',
        sections: [
            {
                category: 'perception: objects',
                about: 'names, counts, colors and places of things',
                prompts: ['What is in this picture? Name everything and count it.', 'Where is each thing, seen from the viewer?'],
            },
            {
                category: 'perception: scene',
                about: 'the whole picture, and what is special in it',
                prompts: ['Describe this picture in detail.'],
            },
            {
                category: 'perception: knowledge',
                about: 'places, works, dishes, signs that one has to know',
                prompts: ['What is this, where is it from, and what is known about it?'],
            },
            {
                category: 'cognition: text and tables',
                about: 'reading, charts, tables, documents',
                prompts: ['Read all text of this picture.', 'What does this chart show?'],
            },
            {
                category: 'cognition: abstract reasoning',
                about: 'patterns, puzzles, tests of intelligence',
                prompts: ['Which figure continues the row? Explain.'],
            },
            {
                category: 'cognition: science',
                about: 'mathematics, physics, chemistry from figures',
                prompts: ['Solve the problem of this figure step by step.'],
            },
            {
                category: 'cognition: emotion',
                about: 'what people feel, and what a picture makes one feel',
                prompts: ['What do the people of this picture feel? How can you tell?'],
            },
            {
                category: 'expert: medicine',
                about: 'images of medicine; not for diagnosis',
                prompts: ['What kind of image is this, and what is unusual in it?'],
            },
            { category: 'expert: driving', about: 'traffic from the driver’s seat', prompts: ['What should the driver do next, and why?'] },
            { category: 'expert: remote sensing', about: 'pictures from above', prompts: ['What is on the ground here?'] },
            { category: 'expert: defects', about: 'products with and without faults', prompts: ['Is there a fault in this product? Where?'] },
            {
                category: 'robustness',
                about: 'illusions, altered pictures, misleading questions',
                prompts: ['What is wrong with this picture?', 'What color is the cat?'],
            },
        ],
    },
    driving: {
        name: 'driving',
        title: 'On the road',
        after: 'On the Road with GPT-4V(ision) (Wen et al. 2023)',
        sections: [
            {
                category: 'understanding: time and weather',
                about: 'light, rain, snow, fog',
                prompts: ['What time of day is it, and what is the weather?'],
            },
            {
                category: 'understanding: lights and signs',
                about: 'traffic lights, signs, markings',
                prompts: ['Which lights and signs apply to us, and what do they say?'],
            },
            {
                category: 'understanding: participants',
                about: 'vehicles, cyclists, people, animals, and what they intend',
                prompts: ['Who else is on the road, where, and what are they about to do?'],
            },
            {
                category: 'reasoning: corner cases',
                about: 'what no training set has',
                prompts: ['What is unusual here, and how should we react?'],
            },
            { category: 'reasoning: several views', about: 'cameras around the car', prompts: ['Put these views together: what is around us?'] },
            {
                category: 'reasoning: sequences',
                about: 'what changes over time',
                prompts: ['These pictures follow each other. What happened, and what comes next?'],
            },
            {
                category: 'reasoning: map',
                about: 'navigation beside the view',
                prompts: ['According to the map and the view, which lane should we take?'],
            },
            { category: 'driving: intersection', about: 'turning, giving way', prompts: ['We want to turn left. What do we do now?'] },
            { category: 'driving: merging', about: 'ramps and lanes that end', prompts: ['We are about to merge. What do we do now?'] },
            { category: 'driving: parking', about: 'lots and narrow places', prompts: ['We want to leave this parking lot. What do we do now?'] },
        ],
    },
};
//# sourceMappingURL=templates.js.map