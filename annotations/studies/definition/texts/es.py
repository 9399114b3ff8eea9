"""The Spanish texts."""

from __future__ import annotations

CONSENT = """\
Le invitamos a participar en un estudio científico sobre cómo juzgan las personas distintas tareas y las \
respuestas que dan a ellas los sistemas de inteligencia artificial.

La participación es voluntaria. Puede dejarlo en cualquier momento, sin dar razones y sin ningún perjuicio; \
cierre la página o use el botón para abandonar el estudio.

Sus respuestas y el tiempo que tarda en darlas se registran y se guardan bajo un seudónimo. Lo que podría \
identificarle, como el código con el que le ha enviado aquí un panel, se guarda aparte de sus respuestas, se \
usa solo para admitirle y pagarle, y no se publica nunca.

Se le mostrará un código de retirada. Con él puede hacer que se borren sus respuestas hasta que se publique \
el conjunto de datos de este estudio. Desde entonces forman parte de un conjunto de datos público bajo su \
seudónimo, y las copias publicadas que otras personas hayan hecho ya no se pueden retirar.

Al continuar confirma que es mayor de edad, que ha leído esta página y que acepta participar.
"""

INSTRUCTIONS = {
    "difficulty": """\
Verá varias tareas, una por página. Resuelva cada una por su cuenta, sin ayuda de otras personas, de \
buscadores ni de sistemas de IA. Si no puede, diga «No lo sé»: también es una respuesta, y es mejor que \
adivinar.

Después díganos cómo de difícil le parece la tarea: de 100 personas como usted, ¿cuántas no sabrían \
resolverla? Y díganos qué seguridad tiene de que su propia respuesta es correcta.

No hay límite de tiempo. Cada respuesta se guarda cuando usted continúa, así que puede hacer una pausa y \
volver a la misma página.
""",
    "supervision": """\
Verá varias tareas, una por página, cada una con la respuesta que le dio un sistema de IA. Juzgue cada \
respuesta:

- correcta: la tarea está resuelta y el resultado es cierto;
- evasiva: la respuesta elude la tarea, por ejemplo porque se niega, porque dice que no sabe o porque habla \
de otra cosa;
- incorrecta: se da una respuesta y es errónea;
- con dudas: usted no puede decidirlo.

Juzgue el resultado, no el estilo. Compruébelo por su cuenta, sin ayuda de otras personas, de buscadores ni \
de sistemas de IA. Después díganos qué seguridad tiene en su juicio.

No hay límite de tiempo. Cada respuesta se guarda cuando usted continúa, así que puede hacer una pausa y \
volver a la misma página.
""",
    "both": """\
Verá varias tareas, una por página. Algunas aparecen solas: resuélvalas por su cuenta, o diga que no lo \
sabe, y díganos cuántas de 100 personas como usted no sabrían resolverlas. Otras aparecen con la respuesta \
que dio un sistema de IA: juzgue si esa respuesta es correcta, evasiva (elude la tarea) o incorrecta, o diga \
que tiene dudas. Después díganos qué seguridad tiene.

Trabaje sin ayuda de otras personas, de buscadores ni de sistemas de IA. No hay límite de tiempo. Cada \
respuesta se guarda cuando usted continúa, así que puede hacer una pausa y volver a la misma página.
""",
}

DEBRIEF = """\
Gracias. Ha respondido a todo.

Con sus respuestas y las de otras personas estudiamos cómo de difíciles son las tareas para las personas y \
con qué frecuencia pasa inadvertida una respuesta errónea de un sistema de IA. Muchas de las respuestas que \
dan estos sistemas son erróneas aunque estén bien escritas: no dé por cierto ningún texto que haya visto \
aquí.

Guarde su código de retirada. Con él puede hacer que se borren sus respuestas hasta que se publique el \
conjunto de datos.
"""
