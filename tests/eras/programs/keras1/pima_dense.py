# First network with Keras, then the same wrapped for scikit-learn
from keras.models import Sequential
from keras.layers import Dense
from keras.wrappers.scikit_learn import KerasClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
import numpy
# fix random seed for reproducibility
seed = 7
numpy.random.seed(seed)
# load pima indians dataset
dataset = numpy.loadtxt("pima-indians-diabetes.csv", delimiter=",")
X = dataset[:, 0:8]
Y = dataset[:, 8]


def create_model(optimizer='adam', init='uniform'):
    model = Sequential()
    model.add(Dense(12, input_dim=8, init=init, activation='relu'))
    model.add(Dense(8, init=init, activation='relu'))
    model.add(Dense(1, init=init, activation='sigmoid'))
    model.compile(loss='binary_crossentropy', optimizer=optimizer, metrics=['accuracy'])
    return model


model = create_model()
model.fit(X, Y, nb_epoch=20, batch_size=10, verbose=0)
scores = model.evaluate(X, Y, verbose=0)
print("%s %.2f%%" % (model.metrics_names[1], scores[1] * 100))
# round predictions
predictions = model.predict(X)
rounded = [round(float(x[0])) for x in predictions]
print("rounded", sum(rounded) > 0, len(rounded))

steps = [('scale', StandardScaler()),
         ('mlp', KerasClassifier(build_fn=create_model, init='normal', nb_epoch=15, batch_size=20, verbose=0))]
kfold = StratifiedKFold(n_splits=3, shuffle=True, random_state=seed)
results = cross_val_score(Pipeline(steps), X, Y, cv=kfold)
print("folds", len(results))
print("crossval", results.mean())
